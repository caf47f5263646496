/* SPDX-License-Identifier: BSD-2-Clause */
/* The ns16550a: registers, FIFO, interrupts; names as in PC16550D's sheet. */
#include <string.h>

#include "hyp/util.h"
#include "vdev/layout.h"
#include "vdev/uart.h"

/* Offsets (PC16550D, "Register Addresses"). */
#define UART_DATA     0 /* RBR, THR; with LCR_DLAB: DLL */
#define UART_IER      1 /* with LCR_DLAB: DLM */
#define UART_IIR      2 /* written: FCR */
#define UART_LCR      3
#define UART_MCR      4
#define UART_LSR      5
#define UART_MSR      6
#define UART_SCR      7

#define IER_RDA       BIT(0)
#define IER_THRE      BIT(1)
#define IER_LINE      BIT(2)
#define IER_MODEM     BIT(3)
#define IER_MASK      0x0f

/* PC16550D, "Interrupt Identification Register", highest priority first. */
#define IIR_LINE      0x06
#define IIR_RDA       0x04
#define IIR_TIMEOUT   0x0c
#define IIR_THRE      0x02
#define IIR_MODEM     0x00
#define IIR_NONE      0x01
#define IIR_FIFO      0xc0

#define FCR_ENABLE    BIT(0)
#define FCR_CLEAR_RX  BIT(1)
#define FCR_KEPT      0xc9 /* the others clear themselves */

#define LCR_DLAB      BIT(7)

#define MCR_DTR       BIT(0)
#define MCR_RTS       BIT(1)
#define MCR_OUT1      BIT(2)
#define MCR_OUT2      BIT(3)
#define MCR_LOOP      BIT(4)
#define MCR_MASK      0x1f

#define LSR_DATA      BIT(0)
#define LSR_OVERRUN   BIT(1)
#define LSR_BREAK     BIT(4)
#define LSR_THRE      BIT(5)
#define LSR_TEMT      BIT(6)
#define LSR_ERROR     BIT(7) /* somewhere in the FIFO */

#define MSR_CTS       BIT(4)
#define MSR_DSR       BIT(5)
#define MSR_RI        BIT(6)
#define MSR_DCD       BIT(7)
#define MSR_TERI      BIT(2) /* the delta that counts falling edges only */

/* 115200 baud of GUEST_UART_CLOCK, as firmware leaves it: never 0. */
#define RESET_DIVISOR (GUEST_UART_CLOCK / 16 / 115200)

/* Bytes in the FIFO that interrupt at once, by FCR bits 7..6. */
static const u8 trigger[] = {1, 4, 8, 14};

/* What is sent goes at once: the transmitter is empty whenever one looks. */
static u8 line_status(const struct uart *u)
{
	u8 lsr = LSR_THRE | LSR_TEMT;

	if (u->count)
		lsr |= LSR_DATA;
	if (u->overrun)
		lsr |= LSR_OVERRUN;
	if (unlikely(u->breaks)) {
		lsr |= u->breaks & BIT(u->head) ? LSR_BREAK : 0;
		lsr |= u->fcr & FCR_ENABLE ? LSR_ERROR : 0;
	}
	return lsr;
}

/* The modem lines: all is well, or what loopback makes of MCR. */
static u8 modem_lines(const struct uart *u)
{
	u8 msr = 0;

	if (!(u->mcr & MCR_LOOP))
		return MSR_CTS | MSR_DSR | MSR_DCD;
	msr |= u->mcr & MCR_RTS ? MSR_CTS : 0;
	msr |= u->mcr & MCR_DTR ? MSR_DSR : 0;
	msr |= u->mcr & MCR_OUT1 ? MSR_RI : 0;
	msr |= u->mcr & MCR_OUT2 ? MSR_DCD : 0;
	return msr;
}

/*
 * The interrupt to report. Below the trigger level the character timeout comes
 * without the wait: no further byte of a burst would be saved by it here.
 */
static u8 interrupt(const struct uart *u)
{
	bool full = u->count >= trigger[u->fcr >> 6];

	if (u->ier & IER_LINE && line_status(u) & (LSR_OVERRUN | LSR_BREAK))
		return IIR_LINE;
	if (u->ier & IER_RDA && u->count)
		return full || !(u->fcr & FCR_ENABLE) ? IIR_RDA : IIR_TIMEOUT;
	if (u->ier & IER_THRE && u->thr_pending)
		return IIR_THRE;
	if (u->ier & IER_MODEM && u->modem_delta)
		return IIR_MODEM;
	return IIR_NONE;
}

static void update(struct uart *u)
{
	irq_line_set(u->irq, interrupt(u) != IIR_NONE);
}

static void clear_fifo(struct uart *u)
{
	u->head = u->count = 0;
	u->breaks = 0;
	console_port_ready(&u->port);
}

static bool push(struct uart *u, u8 byte, bool is_break)
{
	u8 room = u->fcr & FCR_ENABLE ? UART_FIFO : 1;
	u8 slot = (u->head + u->count) % UART_FIFO;

	if (u->count >= room)
		return false;
	u->rx[slot] = byte;
	if (is_break)
		u->breaks |= BIT(slot);
	/* uart_quick() looks without the lock: a break before its byte. */
	__atomic_store_n(&u->count, u->count + 1, __ATOMIC_RELEASE);
	return true;
}

static u8 read_data(struct uart *u)
{
	u8 byte;

	if (!u->count)
		return 0;
	byte = u->rx[u->head];
	u->breaks &= ~BIT(u->head);
	u->head = (u->head + 1) % UART_FIFO;
	u->count--;
	if (u->count <= UART_FIFO / 2)
		console_port_ready(&u->port);
	update(u);
	return byte;
}

static void write_data(struct uart *u, u8 byte)
{
	u->thr_pending = true; /* already gone when the write returns */
	if (!(u->mcr & MCR_LOOP))
		console_port_put(&u->port, byte);
	else if (!push(u, byte, false))
		u->overrun = true;
	update(u);
}

/* Enabling "THR empty" reports one that was reported before once more. */
static void write_ier(struct uart *u, u8 ier)
{
	if (ier & ~u->ier & IER_THRE)
		u->thr_pending = true;
	u->ier = ier & IER_MASK;
	update(u);
}

static u8 read_iir(struct uart *u)
{
	u8 id = interrupt(u);

	if (id == IIR_THRE) {
		u->thr_pending = false;
		update(u);
	}
	return id | (u->fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

/*
 * Turning the FIFOs on or off empties them; without the enable bit the other
 * bits are not programmed (PC16550D, "FIFO Control Register").
 */
static void write_fcr(struct uart *u, u8 fcr)
{
	bool toggled = (fcr ^ u->fcr) & FCR_ENABLE;

	if (!(fcr & FCR_ENABLE))
		fcr = 0;
	if (toggled || fcr & FCR_CLEAR_RX)
		clear_fifo(u);
	u->fcr = fcr & FCR_KEPT;
	update(u);
}

static void write_mcr(struct uart *u, u8 mcr)
{
	u8 before = modem_lines(u);
	u8 after;

	u->mcr = mcr & MCR_MASK;
	after = modem_lines(u);
	u->modem_delta |= ((before ^ after) >> 4) & ~MSR_TERI;
	u->modem_delta |= ((before & ~after) >> 4) & MSR_TERI;
	console_port_ready(&u->port); /* the end of a loopback is room, too */
	update(u);
}

static u8 read_lsr(struct uart *u)
{
	u8 lsr = line_status(u);

	if (likely(!(lsr & (LSR_OVERRUN | LSR_BREAK))))
		return lsr;
	u->overrun = false;
	u->breaks &= ~BIT(u->head);
	update(u);
	return lsr;
}

static u8 read_msr(struct uart *u)
{
	u8 msr = modem_lines(u) | u->modem_delta;

	u->modem_delta = 0;
	update(u);
	return msr;
}

static u8 uart_read(struct uart *u, u64 off)
{
	bool dlab = u->lcr & LCR_DLAB;

	switch (off) {
	case UART_DATA:
		return dlab ? u->dll : read_data(u);
	case UART_IER:
		return dlab ? u->dlm : u->ier;
	case UART_IIR:
		return read_iir(u);
	case UART_LCR:
		return u->lcr;
	case UART_MCR:
		return u->mcr;
	case UART_LSR:
		return read_lsr(u);
	case UART_MSR:
		return read_msr(u);
	default:
		return u->scr;
	}
}

static void write_divisor(struct uart *u, u64 off, u8 byte)
{
	if (off == UART_DATA)
		u->dll = byte;
	else
		u->dlm = byte;
}

static void uart_write(struct uart *u, u64 off, u8 byte)
{
	if (u->lcr & LCR_DLAB && off <= UART_IER) {
		write_divisor(u, off, byte);
		return;
	}
	switch (off) {
	case UART_DATA:
		write_data(u, byte);
		break;
	case UART_IER:
		write_ier(u, byte);
		break;
	case UART_IIR:
		write_fcr(u, byte);
		break;
	case UART_LCR:
		u->lcr = byte;
		break;
	case UART_MCR:
		write_mcr(u, byte);
		break;
	case UART_SCR:
		u->scr = byte;
		break;
	default: /* LSR and MSR: for factory tests only */
		break;
	}
}

static bool uart_access(struct vdev *d, struct mmio *m)
{
	struct uart *u = container_of(d, struct uart, dev);

	/* Wider ones are of the register at their address, as on QEMU. */
	if (m->off % m->len || m->off + m->len > UART_SCR + 1)
		return false;
	if (m->write)
		uart_write(u, m->off, m->data);
	else
		m->data = uart_read(u, m->off);
	return true;
}

/* The poll before each byte: LSR without an error that reading it clears. */
static bool uart_quick(struct vdev *d, struct mmio *m)
{
	struct uart *u = container_of(d, struct uart, dev);
	u8 count = __atomic_load_n(&u->count, __ATOMIC_ACQUIRE);

	if (m->off != UART_LSR || m->len != 1 || m->write)
		return vdev_access(d, m);
	if (__atomic_load_n(&u->overrun, __ATOMIC_RELAXED) ||
	    __atomic_load_n(&u->breaks, __ATOMIC_RELAXED))
		return vdev_access(d, m);
	m->data = LSR_THRE | LSR_TEMT | (count ? LSR_DATA : 0);
	return true;
}

static void uart_reset(struct vdev *d)
{
	struct uart *u = container_of(d, struct uart, dev);

	u->ier = u->fcr = u->lcr = u->mcr = u->scr = 0;
	u->dll = RESET_DIVISOR;
	u->dlm = 0;
	u->modem_delta = 0;
	u->thr_pending = u->overrun = false;
	clear_fifo(u);
	update(u);
}

static const struct vdev_ops uart_ops = {
	.name = "uart",
	.quick = uart_quick,
	.access = uart_access,
	.reset = uart_reset,
};

/* Loopback cuts the line to the outside (PC16550D, "Modem Control Register").
 */
static bool arrive(struct uart *u, u8 byte, bool is_break)
{
	bool taken;

	lock_acquire(&u->dev.lock);
	taken = !(u->mcr & MCR_LOOP) && push(u, byte, is_break);
	if (taken)
		update(u);
	lock_release(&u->dev.lock);
	return taken;
}

bool uart_take(struct uart *u, u8 *byte)
{
	bool any;

	lock_acquire(&u->dev.lock);
	any = u->count;
	*byte = read_data(u);
	lock_release(&u->dev.lock);
	return any;
}

static bool port_receive(struct console_port *p, u8 byte)
{
	return arrive(container_of(p, struct uart, port), byte, false);
}

static bool port_break(struct console_port *p)
{
	return arrive(container_of(p, struct uart, port), 0, true);
}

void uart_init(struct uart *u, gpa_t base, const char *name,
	       struct irq_line *irq)
{
	memset(u, 0, sizeof(*u));
	vdev_init(&u->dev, &uart_ops, base, GUEST_UART_SIZE);
	u->port.name = name;
	u->port.receive = port_receive;
	u->port.send_break = port_break;
	u->irq = irq;
	uart_reset(&u->dev);
}
