"""The API resources of reservations."""

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from reservations.api.account import ShareViewSet
from reservations.api.bookings import AvailabilityViewSet, ReservationViewSet
from reservations.api.closures import BlackoutViewSet, HolidayViewSet, PolicyViewSet
from reservations.api.repeating import RepetitionViewSet
from reservations.api.reports import OccupancyViewSet
from reservations.api.setup import CourtCalendarViewSet, CourtViewSet, RateViewSet, VenueViewSet
from reservations.api.waiting import WaitingViewSet

router = SimpleRouter()
router.register("venues", VenueViewSet, "venue")
router.register("resources", CourtViewSet, "resource")
router.register("rates", RateViewSet, "rate")
router.register("blackouts", BlackoutViewSet, "blackout")
router.register("holidays", HolidayViewSet, "holiday")
router.register("booking-policy", PolicyViewSet, "booking-policy")
router.register("repetitions", RepetitionViewSet, "repetition")
router.register("waiting-list", WaitingViewSet, "waiting-entry")
router.register("reservations", ReservationViewSet, "reservation")

urlpatterns: list[URLPattern | URLResolver] = [
    path("reservations/availability/", AvailabilityViewSet.as_view({"get": "list"}), name="availability"),
    re_path(
        r"^resources/(?P<pk>\d{1,18})/calendar/$",
        CourtCalendarViewSet.as_view({"get": "retrieve", "post": "create", "delete": "destroy"}),
        name="resource-calendar",
    ),
    path("reports/occupancy/", OccupancyViewSet.as_view({"get": "occupancy"}), name="report-occupancy"),
    path("reservation-shares/<int:pk>/invoice/", ShareViewSet.as_view({"post": "make_invoice"}), name="share-invoice"),
    path("reservation-shares/<int:pk>/charge/", ShareViewSet.as_view({"post": "charge"}), name="share-charge"),
    *router.urls,
]
