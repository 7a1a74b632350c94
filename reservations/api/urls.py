"""The API resources of reservations."""

from rest_framework.routers import SimpleRouter

from reservations.api.bookings import AvailabilityViewSet, ReservationViewSet
from reservations.api.setup import CourtViewSet, RateViewSet, VenueViewSet

router = SimpleRouter()
router.register("venues", VenueViewSet, "venue")
router.register("resources", CourtViewSet, "resource")
router.register("rates", RateViewSet, "rate")
router.register("reservations", ReservationViewSet, "reservation")
router.register("availability", AvailabilityViewSet, "availability")
urlpatterns = router.urls
