"""A person's own pages, most of them served by allauth: only those this product has. There is no sign-up."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from companies.views import invitations, own

urlpatterns = [
    path("ingresar/", account.login, name="account_login"),
    path("salir/", account.logout, name="account_logout"),
    path("inactiva/", account.account_inactive, name="account_inactive"),
    path("confirmar/", account.reauthenticate, name="account_reauthenticate"),
    path("contrasena/", account.password_change, name="account_change_password"),
    path("contrasena/crear/", account.password_set, name="account_set_password"),
    path("contrasena/olvidada/", account.password_reset, name="account_reset_password"),
    path("contrasena/olvidada/enviada/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "contrasena/nueva/lista/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^contrasena/nueva/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("avisos/", own.Mails.as_view(), name="account_mails"),
    path("dos-pasos/", mfa.index, name="mfa_index"),
    path("dos-pasos/codigo/", mfa.authenticate, name="mfa_authenticate"),
    path("dos-pasos/confirmar/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("dos-pasos/activar/", totp.activate_totp, name="mfa_activate_totp"),
    path("dos-pasos/desactivar/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("dos-pasos/recuperacion/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("dos-pasos/recuperacion/generar/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(
        "dos-pasos/recuperacion/descargar/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("invitacion/", invitations.accept, name="accept_invitation"),
    path("invitacion/<str:token>/", invitations.open_link, name="open_invitation"),
]
