/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's memory map: QEMU's `virt` machine, where we have the device. */
#ifndef VDEV_LAYOUT_H
#define VDEV_LAYOUT_H

#define GUEST_TEST_BASE     0x00100000UL
#define GUEST_TEST_SIZE     0x1000UL
#define GUEST_RTC_BASE      0x00101000UL
#define GUEST_RTC_SIZE      0x1000UL
#define GUEST_ACLINT_BASE   0x02000000UL /* MSWI, then MTIMER at +0x4000 */
#define GUEST_ACLINT_SIZE   0x10000UL
#define GUEST_PLIC_BASE     0x0c000000UL
#define GUEST_PLIC_SIZE     0x600000UL
#define GUEST_UART_BASE     0x10000000UL
#define GUEST_UART_SIZE     0x100UL
#define GUEST_VIRTIO_BASE   0x10001000UL
#define GUEST_VIRTIO_SIZE   0x1000UL /* of a slot */
#define GUEST_VIRTIO_SLOTS  8U
#define GUEST_RAM_BASE      0x80000000UL

#define GUEST_HARTS_MAX     16 /* what PLIC and ACLINT have registers for */

/* Where an S-mode kernel is loaded, from the start of RAM. */
#define GUEST_KERNEL_OFFSET 0x200000UL

#define GUEST_VIRTIO_IRQ    1 /* slot 0's; the others follow */
#define GUEST_UART_IRQ      10
#define GUEST_RTC_IRQ       11
#define GUEST_PLIC_NDEV     31 /* Linux touches each source once at boot */
#define GUEST_UART_CLOCK    3686400

#endif
