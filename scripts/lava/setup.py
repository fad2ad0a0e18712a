# SPDX-License-Identifier: GPL-2.0-or-later
# What LAVA's data base has to know before the trial; "lava-server manage shell" reads it. Jobs of the last call
# are gone after it.
from django.contrib.auth.models import User
from lava_scheduler_app.models import Device, DeviceType, Tag, TestJob, Worker
from linaro_django_xmlrpc.models import AuthToken

# Nobody else is on this network.
TOKEN = "vfproofvfproofvfproofvfproof0000"

admin, made = User.objects.get_or_create(username="admin", defaults={"is_superuser": True, "is_staff": True})
AuthToken.objects.get_or_create(user=admin, secret=TOKEN)
worker, made = Worker.objects.get_or_create(hostname="worker0")
worker.token = TOKEN
worker.save()
TestJob.objects.all().delete()
# LAVA tries what it does not know by the type's health check.
for name, kind, health in (
    ("vfproof-nonic", "qemu", Device.HEALTH_UNKNOWN),
    ("vfproof-igb", "qemu", Device.HEALTH_UNKNOWN),
    ("vfproof-stick", "qemu", Device.HEALTH_GOOD),
    ("vfproof-rack", "x86", Device.HEALTH_GOOD),
):
    kind, made = DeviceType.objects.get_or_create(name=kind)
    device, made = Device.objects.get_or_create(hostname=name, defaults={"device_type": kind, "worker_host": worker})
    tag, made = Tag.objects.get_or_create(name=name)
    device.tags.add(tag)
    device.state = Device.STATE_IDLE
    device.health = health
    device.last_health_report_job = None
    device.save()
