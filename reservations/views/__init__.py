"""The pages of reservations: the day, the bookings, what can be booked."""
