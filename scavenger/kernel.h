/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's types, with only the members that scavenger.bpf.c uses. The loader finds their real offsets in the
 * running kernel's BTF (CO-RE), so one object fits every kernel that has these members by these names.
 */
#ifndef SCAVENGER_KERNEL_H
#define SCAVENGER_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed int __s32;
typedef signed long long __s64;
typedef _Bool bool;

#define BTF __attribute__((preserve_access_index))
#define SEC(name) __attribute__((section(name), used))

/* A program's arguments are an array of words. */
#define ARGUMENT(number) ((void *)context[number])

/* Helpers have fixed numbers: BPF_FUNC_ in the kernel's include/uapi/linux/bpf.h. */
static __u32 (*const bpf_get_prandom_u32)(void) = (void *)7;

struct sock {
	unsigned long sk_pacing_rate; /* bytes per second */
	__u32 sk_pacing_status;
} BTF;

struct inet_sock {
	struct sock sk;
} BTF;

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	__u8 icsk_ca_state : 5;
	__u64 icsk_ca_priv[13];
} BTF;

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 snd_cwnd;
	__u32 snd_ssthresh;
	__u32 snd_cwnd_clamp;
	__u32 srtt_us; /* smoothed round-trip time, in eighths of a microsecond */
	__u32 packets_out;
	__u32 max_packets_out;
	__u32 mss_cache;
	__u32 delivered;
	__u64 tcp_mstamp; /* microseconds */
} BTF;

struct ack_sample {
	__u32 pkts_acked;
	__s32 rtt_us;
	__u32 in_flight;
} BTF;

/* Values of tcp_sock's icsk_ca_state. */
enum {
	TCP_CA_Open = 0,
	TCP_CA_Disorder = 1,
	TCP_CA_CWR = 2,
	TCP_CA_Recovery = 3,
	TCP_CA_Loss = 4,
};

/* Values of sock's sk_pacing_status. */
enum { SK_PACING_NONE = 0, SK_PACING_NEEDED = 1 };

enum tcp_ca_event {
	CA_EVENT_TX_START, /* the first transmission when no packets are in flight */
};

/* May be chosen by processes without CAP_NET_ADMIN. */
#define TCP_CONG_NON_RESTRICTED 0x1

struct tcp_congestion_ops {
	__u32 flags;
	void (*init)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_control)(struct sock *sk);
	void (*set_state)(struct sock *sk, __u8 new_state);
	void (*cwnd_event)(struct sock *sk, enum tcp_ca_event event);
	void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

#endif
