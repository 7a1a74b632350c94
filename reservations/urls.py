"""The pages of reservations."""

from django.urls import URLPattern, path

from reservations.views import account, agenda, bookings, changes, closures, customer, detail, feeds, occupancy, setup

app_name = "reservations"
urlpatterns: list[URLPattern] = [
    path("", agenda.day_grid, name="grid"),
    path("semana/", agenda.week_grid, name="week"),
    path("ocupacion/", occupancy.report, name="occupancy"),
    path("lista/", bookings.Reservations.as_view(), name="list"),
    path("lista/facturar/", account.group_invoice, name="group_invoice"),
    path("lista/totales/", bookings.Reservations.as_totals_view(), name="list_totals"),
    path("nueva/", bookings.NewReservation.as_view(), name="new"),
    path("nueva/clientes/", bookings.customer_options, name="customer_options"),
    path("nueva/preview/", bookings.new_preview, name="new_preview"),
    path("<int:pk>/", detail.detail, name="detail"),
    path("<int:pk>/editar/", bookings.EditReservation.as_view(), name="edit"),
    path("<int:pk>/editar/preview/", bookings.edit_preview, name="edit_preview"),
    path("<int:pk>/reservar/", changes.TakeHeld.as_view(), name="take"),
    path("<int:pk>/reservar/preview/", changes.take_preview, name="take_preview"),
    path("<int:pk>/mover/", changes.MoveReservation.as_view(), name="move"),
    path("<int:pk>/precio/", changes.ChangePrice.as_view(), name="price"),
    path("<int:pk>/deposito/", changes.TakeDeposit.as_view(), name="deposit"),
    path("<int:pk>/liberar-deposito/", changes.ReleaseDeposit.as_view(), name="release_deposit"),
    path("<int:pk>/confirmar/", detail.confirm, name="confirm"),
    path("<int:pk>/llegada/", detail.check_in, name="check_in"),
    path("<int:pk>/completar/", detail.complete, name="complete"),
    path("<int:pk>/no-asistio/", changes.NoShow.as_view(), name="no_show"),
    path("<int:pk>/cancelar/", changes.CancelReservation.as_view(), name="cancel"),
    path("<int:pk>/facturar/", detail.invoice, name="invoice"),
    path("<int:pk>/cobrar/", bookings.ChargeReservation.as_view(), name="charge"),
    path("<int:pk>/dividir/", account.SplitAccount.as_view(), name="split"),
    path("<int:pk>/dividir/preview/", account.split_preview, name="split_preview"),
    path("<int:pk>/juntar/", account.join_account, name="join"),
    path("<int:pk>/partes/<int:share>/cobrar/", account.ChargeShare.as_view(), name="share_charge"),
    path("<int:pk>/partes/<int:share>/facturar/", account.invoice_share, name="share_invoice"),
    path("configuracion/", setup.overview, name="setup"),
    path("bloqueos/", closures.closed_times, name="closed_times"),
    path("bloqueos/nuevo/", closures.NewBlackout.as_view(), name="blackout_new"),
    path("bloqueos/<int:pk>/", closures.blackout, name="blackout"),
    path("bloqueos/<int:pk>/quitar/", closures.cancel_blackout, name="blackout_cancel"),
    path("feriados/nuevo/", closures.NewHoliday.as_view(), name="holiday_new"),
    path("feriados/<int:pk>/", closures.EditHoliday.as_view(), name="holiday"),
    path("feriados/<int:pk>/quitar/", closures.remove_holiday, name="holiday_remove"),
    path("reglas/", closures.BookingRules.as_view(), name="rules"),
    path("sedes/nueva/", setup.NewVenue.as_view(), name="venue_new"),
    path("sedes/<int:pk>/", setup.EditVenue.as_view(), name="venue"),
    path("canchas/nueva/", setup.NewCourt.as_view(), name="court_new"),
    path("canchas/<int:pk>/calendario/", feeds.open_feed, name="feed_open"),
    path("canchas/<int:pk>/calendario/quitar/", feeds.close_feed, name="feed_close"),
    path("canchas/<int:pk>/", setup.EditCourt.as_view(), name="court"),
    path("tarifas/nueva/", setup.NewRate.as_view(), name="rate_new"),
    path("tarifas/<int:pk>/", setup.EditRate.as_view(), name="rate"),
]

# Addresses outside /reservas/: what belongs to a customer, and what is found without signing in.
agenda_urlpatterns: list[URLPattern] = [
    path("clientes/<int:pk>/reservas/", customer.CustomerReservations.as_view(), name="customer"),
    path("clientes/<int:pk>/reservas/totales/", customer.CustomerReservations.as_totals_view(), name="customer_totals"),
    path("calendario/<str:token>.ics", feeds.feed, name="feed"),
]
