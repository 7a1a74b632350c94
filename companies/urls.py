"""The pages of companies."""

from django.urls import path

from companies.views import api_keys, invitations, members, notices, profile, switch

app_name = "companies"
urlpatterns = [
    path("", profile.show, name="profile"),
    path("editar/", profile.Edit.as_view(), name="edit"),
    path("puesta-en-marcha/", profile.setup, name="setup"),
    path("logotipo/", profile.logo, name="logo"),
    path("logotipo/cambiar/", profile.Logo.as_view(), name="logo_change"),
    path("logotipo/quitar/", profile.remove_logo, name="logo_remove"),
    path("avisos/", notices.show, name="notices"),
    path("cambiar/", switch.switch, name="switch"),
    path("personas/", members.Members.as_view(), name="members"),
    path("personas/<int:pk>/", members.ChangeRole.as_view(), name="member"),
    path("personas/<int:pk>/retirar/", members.EndAccess.as_view(), name="member_end"),
    path("personas/invitar/", invitations.Invite.as_view(), name="invite"),
    path("personas/invitaciones/<int:pk>/reenviar/", invitations.resend, name="invitation_resend"),
    path("personas/invitaciones/<int:pk>/retirar/", invitations.revoke, name="invitation_revoke"),
    path("claves/", api_keys.ApiKeys.as_view(), name="api_keys"),
    path("claves/nueva/", api_keys.NewKey.as_view(), name="api_key_new"),
    path("claves/<int:pk>/revocar/", api_keys.Revoke.as_view(), name="api_key_revoke"),
]
