/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI: the numbers of the specification, and calls to the host's firmware. */
#ifndef HYP_SBI_H
#define HYP_SBI_H

#include "hyp/types.h"

/* Extension ids (RISC-V SBI Specification 2.0). */
#define SBI_EXT_LEGACY_SET_TIMER   0x00
#define SBI_EXT_LEGACY_PUTCHAR     0x01
#define SBI_EXT_LEGACY_GETCHAR     0x02
#define SBI_EXT_LEGACY_SEND_IPI    0x04
#define SBI_EXT_LEGACY_FENCE_I     0x05
#define SBI_EXT_LEGACY_SFENCE      0x06
#define SBI_EXT_LEGACY_SFENCE_ASID 0x07
#define SBI_EXT_LEGACY_SHUTDOWN    0x08
#define SBI_EXT_BASE               0x10
#define SBI_EXT_TIME               0x54494d45
#define SBI_EXT_IPI                0x735049
#define SBI_EXT_RFENCE             0x52464e43
#define SBI_EXT_HSM                0x48534d
#define SBI_EXT_SRST               0x53525354
#define SBI_EXT_DBCN               0x4442434e
#define SBI_EXT_STA                0x535441

#define SBI_SUCCESS                0L
#define SBI_ERR_FAILED             -1L
#define SBI_ERR_NOT_SUPPORTED      -2L
#define SBI_ERR_INVALID_PARAM      -3L
#define SBI_ERR_DENIED             -4L
#define SBI_ERR_INVALID_ADDRESS    -5L
#define SBI_ERR_ALREADY_AVAILABLE  -6L
#define SBI_ERR_ALREADY_STARTED    -7L
#define SBI_ERR_ALREADY_STOPPED    -8L

/* BASE functions, and OpenSBI's number ("SBI Implementation IDs"). */
#define SBI_BASE_IMPL_ID           1
#define SBI_BASE_IMPL_VERSION      2
#define SBI_IMPL_OPENSBI           1

/* HSM hart states ("Hart State Management Extension"). */
#define SBI_HSM_STARTED            0
#define SBI_HSM_STOPPED            1
#define SBI_HSM_START_PENDING      2
#define SBI_HSM_STOP_PENDING       3
#define SBI_HSM_SUSPENDED          4

/* SRST types and reasons ("System Reset Extension"). */
#define SBI_SRST_SHUTDOWN          0
#define SBI_SRST_COLD_REBOOT       1
#define SBI_SRST_WARM_REBOOT       2
#define SBI_SRST_NO_REASON         0
#define SBI_SRST_SYS_FAILURE       1

struct sbi_ret {
	long error; /* SBI_SUCCESS or SBI_ERR_* */
	long value;
};

/* Call the firmware below us. */
struct sbi_ret sbi_call(u64 ext, u64 fid, u64 a0, u64 a1, u64 a2);

void sbi_set_timer(u64 deadline);
void sbi_send_ipi(u64 hart_id);
long sbi_hart_start(u64 hart_id, u64 entry, u64 opaque);
void sbi_putchar(u8 c);

#endif
