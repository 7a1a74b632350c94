"""The pages of desk."""

from django.urls import URLPattern, path

from desk.views import bulk, comments, exports, form_drafts, imports, saved, tasks

app_name = "desk"
urlpatterns: list[URLPattern] = [
    path("tareas/", tasks.TaskList.as_view(), name="tasks"),
    path("tareas/totales/", tasks.TaskList.as_totals_view(), name="task_totals"),
    path("tareas/bandeja/", tasks.tray, name="tray"),
    path("tareas/elementos/", tasks.ItemList.as_view(), name="task_items"),
    path("tareas/elementos/totales/", tasks.ItemList.as_totals_view(), name="task_item_totals"),
    path("tareas/<int:pk>/", tasks.task, name="task"),
    path("tareas/<int:pk>/archivo/", tasks.file, name="task_file"),
    path("tareas/<int:pk>/repetir/", tasks.retry, name="task_retry"),
    path("tareas/<int:pk>/detener/", tasks.cancel, name="task_cancel"),
    path("tareas/nueva/<str:list_name>/<slug:action>/", bulk.bulk, name="bulk"),
    path("exportar/<str:list_name>/", exports.export, name="export"),
    path("importaciones/", imports.ImportList.as_view(), name="imports"),
    path("importaciones/totales/", imports.ImportList.as_totals_view(), name="import_all_totals"),
    path("importaciones/nueva/", imports.NewImport.as_view(), name="import_new"),
    path("importaciones/plantilla/", imports.template, name="import_template"),
    path("importaciones/filas/", imports.RowList.as_view(), name="import_rows"),
    path("importaciones/filas/totales/", imports.RowList.as_totals_view(), name="import_row_totals"),
    path("importaciones/<int:pk>/", imports.show, name="import"),
    path("importaciones/<int:pk>/columnas/", imports.ChooseColumns.as_view(), name="import_columns"),
    path("importaciones/<int:pk>/aplicar/", imports.Apply.as_view(), name="import_apply"),
    path("importaciones/<int:pk>/deshacer/", imports.Undo.as_view(), name="import_undo"),
    path("importaciones/<int:pk>/rechazadas/", imports.rejected, name="import_rejected"),
    path("vistas/", saved.ViewList.as_view(), name="views"),
    path("vistas/nueva/<str:list_name>/", saved.KeepView.as_view(), name="view_new"),
    path("vistas/<int:pk>/", saved.EditView.as_view(), name="view_edit"),
    path("vistas/<int:pk>/borrar/", saved.delete, name="view_delete"),
    path("notas/sobre/<str:object_type>/<int:object_id>/", comments.panel, name="panel"),
    path("notas/sobre/<str:object_type>/<int:object_id>/agregar/", comments.add, name="comment_add"),
    path("notas/sobre/<str:object_type>/<int:object_id>/adjuntar/", comments.attach, name="attach"),
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
