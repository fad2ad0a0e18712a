# SPDX-License-Identifier: GPL-2.0-or-later
# From compiled programs to build/out. Runs inside the private root, from the project's top.
include scripts/build/c.mk

O := $(B)/out
KVER := $(notdir $(wildcard /lib/modules/*))
STAMP := /.vfproof-stamp
IMAGES := $(O)/vmlinuz $(O)/initramfs.img
NETBOOT := $(addprefix netboot/,boot.ipxe bootx64.efi dnsmasq.conf grub/grub.cfg grubx64.efi ipxe.efi \
	ldlinux.c32 lpxelinux.0 pxelinux.cfg/default pxelinux.cfg/help undionly.kpxe vfproof.efi \
	vfproof/initramfs.img vfproof/vmlinuz)
MEDIA := $(O)/vfproof-usb.img $(O)/vfproof.iso $(O)/vfproof.efi
PUBLISHED := $(notdir $(IMAGES) $(MEDIA)) vfproof $(NETBOOT)

images: $(O)/SHA256SUMS lab

# Without their headers nothing compiles.
$(DEPLIBS) &: scripts/build/deps $(STAMP)
	@echo "vfproof: building libpci, libkmod, libcurl and libqrencode" >&2
	scripts/build/deps $(abspath $(B)/deps)
$(RUNNER_OBJ) $(B)/obj/runner/main.o $(TEST_OBJ) $(ANALYSED) $(TEST_OBJ:$(B)/san/%=$(B)/fuzz/obj/%): | $(DEPLIBS)

$(B)/kmods/.done: configs/modules/appliance.list scripts/build/kmods $(STAMP)
	@echo "vfproof: unpacking kernel modules" >&2
	scripts/build/kmods $< $(KVER) $(abspath $(B)/kmods)
	touch $@

$(B)/guest/kmods/.done: configs/modules/guest.list scripts/build/kmods $(STAMP)
	@mkdir -p $(B)/guest
	scripts/build/kmods $< $(KVER) $(abspath $(B)/guest/kmods)
	touch $@

$(B)/firmware/.done: configs/firmware.list scripts/build/firmware $(B)/kmods/.done $(STAMP)
	scripts/build/firmware $< $(B)/kmods $(abspath $(B)/firmware)
	touch $@

$(B)/left-out/.done: configs/modules/left-out.list scripts/build/left-out $(B)/kmods/.done \
		$(B)/firmware/.done $(STAMP)
	scripts/build/left-out $< $(KVER) $(B)/kmods $(B)/firmware $(abspath $(B)/left-out)
	touch $@

$(B)/guest/vmlinux: /boot/vmlinuz-$(KVER) scripts/build/vmlinux $(STAMP)
	@mkdir -p $(@D)
	scripts/build/vmlinux $< $@

$(B)/guest/initramfs.img: $(B)/bin/agent guest-image/build guest-image/modules.list $(STAMP)
	@echo "vfproof: packing the nested guest's initramfs" >&2
	guest-image/build $(B)/bin/agent $(abspath $@) $(KVER)

PACK_DEPS := scripts/build/pack $(wildcard appliance/dracut/*/*) $(STAMP)

$(B)/guest/guests.cpio.xz: $(B)/guest/vmlinux $(B)/guest/initramfs.img $(B)/kmods/.done $(B)/guest/kmods/.done \
		$(PACK_DEPS)
	@echo "vfproof: packing QEMU and the nested guest (dracut)" >&2
	scripts/build/pack $(KVER) vfproof-guests $(abspath $@)

$(B)/appliance.img: $(B)/bin/vfproof $(B)/bin/unxz $(B)/kmods/.done $(B)/firmware/.done \
		$(B)/left-out/.done configs/modules/appliance.list $(PACK_DEPS)
	@echo "vfproof: packing the appliance (dracut)" >&2
	scripts/build/pack $(KVER) vfproof $(abspath $@)

$(O)/initramfs.img $(B)/image.list &: $(B)/appliance.img $(B)/guest/guests.cpio.xz $(B)/guest/vmlinux \
		$(O)/vmlinuz scripts/build/join scripts/build/image-list appliance/dracut/90vfproof/init.sh
	@mkdir -p $(O)
	scripts/build/join $(B)/appliance.img $(B)/guest/guests.cpio.xz $(O)/vmlinuz $(B)/guest/vmlinux \
		$(B)/image.list $(O)/initramfs.img

# With the root's stamp, as files of packages keep the packages' times.
$(O)/vmlinuz: /boot/vmlinuz-$(KVER) $(STAMP)
	@mkdir -p $(O)
	cp $< $@.partial
	mv $@.partial $@

# For reports on another machine: the program that is in the image.
$(O)/vfproof: $(B)/bin/vfproof
	@mkdir -p $(O)
	strip -o $@.partial $<
	mv $@.partial $@

MEDIA_DEPS := $(IMAGES) $(wildcard appliance/media/*) scripts/build/media.sh $(STAMP)

$(O)/vfproof-usb.img: $(MEDIA_DEPS) scripts/build/usb runner/journal/grow.h
	@echo "vfproof: making the boot media" >&2
	scripts/build/usb $(IMAGES) $@

$(O)/vfproof.iso: $(MEDIA_DEPS) scripts/build/iso
	scripts/build/iso $(IMAGES) $@

$(O)/vfproof.efi: $(MEDIA_DEPS) scripts/build/uki $(B)/gen/version.h
	scripts/build/uki $(IMAGES) '$(REVISION)' $@

$(B)/netboot.done: $(MEDIA_DEPS) $(O)/vfproof.efi scripts/build/netboot
	scripts/build/netboot $(IMAGES) $(O)/vfproof.efi $(O)/netboot
	touch $@

$(O)/manifest.json: $(IMAGES) $(B)/image.list $(MEDIA) $(B)/netboot.done $(O)/vfproof $(B)/gen/version.h $(B)/firmware/.done \
		$(B)/left-out/.done scripts/build/manifest
	scripts/build/manifest '$(REVISION)' $(KVER) $(B)/firmware $(B)/left-out $(B)/image.list $(O) $(PUBLISHED) >$@.partial
	mv $@.partial $@

$(O)/SHA256SUMS: $(O)/manifest.json
	cd $(O) && sha256sum $(PUBLISHED) manifest.json >SHA256SUMS.partial
	mv $@.partial $@

.PHONY: images
.DEFAULT_GOAL := images
