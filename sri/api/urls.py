"""The API resources of SRI."""

from rest_framework.routers import SimpleRouter

from sri.api.views import CertificateViewSet

router = SimpleRouter()
router.register("certificates", CertificateViewSet, "certificate")

urlpatterns = router.urls
