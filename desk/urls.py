"""The pages of desk."""

from django.urls import URLPattern, path

from desk.views import comments, form_drafts

app_name = "desk"
urlpatterns: list[URLPattern] = [
    path("notas/<str:object_type>/<int:object_id>/", comments.panel, name="panel"),
    path("notas/<str:object_type>/<int:object_id>/agregar/", comments.add, name="comment_add"),
    path("notas/<str:object_type>/<int:object_id>/adjuntar/", comments.attach, name="attach"),
    path("notas/<int:pk>/retirar/", comments.withdraw, name="comment_withdraw"),
    path("notas/<int:pk>/restaurar/", comments.restore, name="comment_restore"),
    path("notas/personas/", comments.people, name="people"),
    path("adjuntos/<int:pk>/", comments.file, name="attachment"),
    path("adjuntos/<int:pk>/retirar/", comments.withdraw_file, name="attachment_withdraw"),
    path("adjuntos/<int:pk>/restaurar/", comments.restore_file, name="attachment_restore"),
    path("menciones/", comments.mentions, name="mentions"),
    path("menciones/leidas/", comments.read_all, name="mentions_read"),
    path("menciones/<int:pk>/", comments.mention, name="mention"),
    path("formularios/", form_drafts.unsent, name="form_drafts"),
]
