// SPDX-License-Identifier: GPL-2.0
/*
 * A TCP congestion control for traffic that may wait. It fills a link that nobody else uses, keeping the queue short,
 * and leaves it, almost entirely, to any other flow.
 *
 * Alone, a flow's own window makes the queue: after a cut below what the path holds, the queue is gone one round-trip
 * later, and the window may return. If it outlives several cuts, others fill it, however they react to congestion (CUBIC,
 * BBR). Then the flow stands back: it sends next to nothing for a while, tests the queue with a few packets, and stands back
 * for twice as long if others are still there.
 *
 * Ideas are from LEDBAT++ (draft-irtf-iccrg-ledbat-plus-plus: target delay, periodic slowdown), FAST TCP (window in
 * proportion to base/actual round-trip) and TCP-LP (two stages of yielding). docs/adr has the reasons.
 */
#include "kernel.h"

char _license[] SEC("license") = "GPL";

#define UNIT 256u /* the window counts in parts of a packet */
#define MIN_WINDOW (UNIT / 4) /* below two packets, pacing makes up for the kernel's whole packets */
#define PROBE_WINDOW (2 * UNIT) /* the receiver may delay the acknowledgement of one packet, but not of two */
#define PACED_WINDOW (4 * UNIT)
#define RESTART_WINDOW (10 * UNIT)
#define MAX_WINDOW (1u << 30)
#define INFINITE_SSTHRESH 0x7fffffff

#define NOISE_US 100u /* delays of timers and wake-ups, no queue */
#define SAMPLES 8 /* round-trips, the lowest of which tells whether there is a queue */
#define CROWDED_ROUNDS 3 /* if the queue outlives so many cuts, */
#define CROWDED_TIME_US 20000u /* and so long: others fill it */
#define SQUEEZED_TIME_US 5000u /* or with next to no window for so long */
#define PROBE_US 5000u
#define SLOWDOWN_US 10000000u
#define BASE_LIFETIME_US 300000000u
#define IDLE_US 200000u

enum state {
	RAMP, /* grow by half each round until a queue forms */
	CRUISE, /* keep a short queue */
	SLOWDOWN, /* let the queue drain, to see the path's own round-trip time */
	STAND_BACK, /* one packet or two per pause */
	PROBE, /* is the queue still there? */
};

struct scavenger {
	__u32 base_us; /* the lowest round-trip time */
	__u32 base_at; /* when it was last seen, microseconds as all times */
	__u32 block_min_us; /* of this block of samples; 0 if there is none */
	__u32 samples;
	__u32 round_end; /* sequence number */
	__u32 newly_acked; /* packets since the last acknowledgement was processed */
	__u32 round_acked;
	__u32 round_flight; /* packets, the most of this round */
	__u32 round_min_us;
	__u32 rtt_us; /* the lowest of the previous round */
	__u32 window; /* 1/256 packets */
	__u32 loss_window; /* where losses begin when the flow is alone */
	__u32 own_window; /* to return to if the queue was our own */
	__u32 prior_window; /* before a loss or a slowdown */
	__u32 pause_us;
	__u32 pause_end;
	__u32 slowdown_at;
	__u32 acked_at;
	__u32 entered_at; /* the state */
	__u32 crowded_at;
	__u32 resumed_at; /* after it last stood back */
	__u8 state;
	__u8 crowded;
	__u8 skip; /* rounds whose samples are older than the last change */
};

_Static_assert(sizeof(struct scavenger) <= sizeof(__u64) * 13, "icsk_ca_priv");

static struct scavenger *priv(struct sock *sk)
{
	return (struct scavenger *)((struct inet_connection_sock *)sk)->icsk_ca_priv;
}

static __u32 min(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

static __u32 max(__u32 a, __u32 b)
{
	return a > b ? a : b;
}

static __u32 now(const struct tcp_sock *tp)
{
	return tp->tcp_mstamp;
}

static bool before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

/* The queue's delay below which there is none. */
static __u32 drained_us(const struct scavenger *ca)
{
	return ca->base_us / 16 + NOISE_US;
}

/* The delay up to which a flow grows. */
static __u32 target_us(const struct scavenger *ca)
{
	return ca->base_us / 8 + NOISE_US;
}

/* The delay above which it shrinks, and with time gives up. A FIFO as long as the base round-trip must be able to reach it. */
static __u32 crowded_us(const struct scavenger *ca)
{
	return ca->base_us / 4 + NOISE_US * 3 / 2;
}

static __u32 shortest_pause_us(const struct scavenger *ca)
{
	return max(20000, min(8 * ca->base_us, 500000));
}

static __u32 longest_pause_us(const struct scavenger *ca)
{
	return max(250000, min(100 * ca->base_us, 2000000));
}

static __u32 queue_us(const struct scavenger *ca, __u32 rtt_us)
{
	return rtt_us > ca->base_us ? rtt_us - ca->base_us : 0;
}

static void set_window(struct scavenger *ca, __u64 window)
{
	ca->window = window < MIN_WINDOW ? MIN_WINDOW : window > MAX_WINDOW ? MAX_WINDOW : window;
}

/* Whether the window is what limits the flow, and not its application. */
static bool is_limited(const struct scavenger *ca, const struct tcp_sock *tp)
{
	return ca->window < PACED_WINDOW || ca->round_flight * 4 >= tp->snd_cwnd * 3;
}

static void start_round(struct scavenger *ca, const struct tcp_sock *tp)
{
	ca->round_end = tp->snd_nxt;
	ca->round_acked = 0;
	ca->round_flight = tp->packets_out;
	ca->round_min_us = 0;
}

static void start_block(struct scavenger *ca)
{
	ca->block_min_us = 0;
	ca->samples = 0;
}

static void enter(struct scavenger *ca, const struct tcp_sock *tp, enum state state)
{
	ca->state = state;
	ca->entered_at = now(tp);
	ca->crowded = 0;
	ca->skip = 1;
	start_round(ca, tp);
	start_block(ca);
}

/* The same after a pause or a probe, whose samples count. */
static void enter_fresh(struct scavenger *ca, const struct tcp_sock *tp, enum state state)
{
	enter(ca, tp, state);
	ca->skip = 0;
}

static void stand_back(struct scavenger *ca, const struct tcp_sock *tp)
{
	/* Undisturbed for much longer than it paused before: the others had gone. */
	if (now(tp) - ca->resumed_at > 4 * ca->pause_us)
		ca->pause_us = 0;
	ca->resumed_at = now(tp);
	ca->pause_us = max(shortest_pause_us(ca), min(2 * ca->pause_us, longest_pause_us(ca)));
	ca->pause_end = now(tp) + ca->pause_us / 2;
	set_window(ca, PROBE_WINDOW);
	enter(ca, tp, STAND_BACK);
}

/* The window that made rtt_us, reduced to what the path holds with the target's queue, but not to less than half. */
static __u64 fitting(const struct scavenger *ca, __u64 window, __u32 rtt_us)
{
	__u64 fits = window * (ca->base_us + target_us(ca)) / max(rtt_us, 1);

	return fits > window / 2 ? fits : window / 2;
}

/* A round's samples tell of the window before the last, so three steps must fit between the target and the crowd. */
static void grow(struct scavenger *ca, __u32 rtt_us)
{
	set_window(ca, ca->window + (__u64)ca->window * (crowded_us(ca) - target_us(ca)) / (4 * rtt_us));
}

/* Begins to ask whose queue it is: with a smaller window, our own is gone after a round. */
static void test(struct scavenger *ca, const struct tcp_sock *tp, __u64 fits)
{
	set_window(ca, fits);
	ca->own_window = ca->window;
	set_window(ca, fits * 3 / 4);
	ca->crowded = 1;
	ca->crowded_at = now(tp);
	ca->skip = 1;
}

static void cruise(struct scavenger *ca, const struct tcp_sock *tp, __u32 rtt_us, bool limited)
{
	__u32 queue = queue_us(ca, rtt_us);
	__u32 patience;

	if (!ca->crowded) {
		if (queue > crowded_us(ca))
			test(ca, tp, fitting(ca, ca->window, rtt_us));
		else if (queue <= target_us(ca) && limited)
			grow(ca, rtt_us);
		return;
	}
	if (queue <= drained_us(ca)) {
		if (ca->crowded == 1)
			set_window(ca, ca->own_window);
		ca->crowded = 0;
		return;
	}
	if (ca->crowded < CROWDED_ROUNDS)
		ca->crowded++;
	patience = ca->window < 2 * MIN_WINDOW ? SQUEEZED_TIME_US : CROWDED_TIME_US;
	if (ca->crowded >= CROWDED_ROUNDS && now(tp) - ca->crowded_at >= patience) {
		stand_back(ca, tp);
		return;
	}
	set_window(ca, ca->window * 3 / 4);
	ca->skip = 1;
}

static void end_round(struct scavenger *ca, const struct tcp_sock *tp)
{
	__u32 rtt = ca->round_min_us;
	bool limited = is_limited(ca, tp);

	start_round(ca, tp);
	if (ca->skip) {
		ca->skip--;
		return;
	}
	if (!rtt)
		return;
	ca->rtt_us = rtt;
	if (ca->state == CRUISE && now(tp) - ca->slowdown_at > SLOWDOWN_US) {
		ca->prior_window = ca->window;
		ca->slowdown_at = now(tp);
		set_window(ca, PROBE_WINDOW);
		enter(ca, tp, SLOWDOWN);
	} else if (ca->state == CRUISE) {
		cruise(ca, tp, rtt, limited);
	} else if (ca->state == SLOWDOWN) {
		set_window(ca, ca->prior_window);
		enter(ca, tp, CRUISE);
	} else if (ca->state == PROBE) {
		if (queue_us(ca, rtt) <= target_us(ca)) {
			ca->resumed_at = now(tp);
			enter_fresh(ca, tp, RAMP);
		} else if (++ca->crowded >= CROWDED_ROUNDS && now(tp) - ca->entered_at >= PROBE_US) {
			stand_back(ca, tp);
		}
	}
}

/* Whether a queue has formed is asked several times in a round, because the window grows meanwhile. */
static void ramp(struct scavenger *ca, const struct tcp_sock *tp, bool round_ended)
{
	if (ca->block_min_us && (ca->samples >= SAMPLES || round_ended)) {
		if (queue_us(ca, ca->block_min_us) > target_us(ca)) {
			/* The samples' packets left when the window was two thirds of what it has become. */
			set_window(ca, fitting(ca, (__u64)ca->window * 2 / 3, ca->block_min_us));
			enter(ca, tp, CRUISE);
			return;
		}
		start_block(ca);
	}
	if (is_limited(ca, tp))
		set_window(ca, (__u64)ca->window + (__u64)ca->newly_acked * UNIT / 2);
}

static void apply(struct sock *sk, const struct scavenger *ca)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u64 rate = (__u64)tp->mss_cache * 1000000;

	tp->snd_cwnd = max(min((ca->window + UNIT - 1) / UNIT, tp->snd_cwnd_clamp), 2);
	if (ca->state == STAND_BACK) {
		/* Flows that share a link should not wake together: three to five quarters of the pause. */
		rate = rate * 256 / (192 + (bpf_get_prandom_u32() & 127)) / max(ca->pause_us, 1);
	} else {
		rate = rate * ca->window / UNIT / max(ca->rtt_us ? ca->rtt_us : tp->srtt_us >> 3, 1);
		rate = ca->state == RAMP ? rate * 2 : ca->window > PACED_WINDOW ? rate * 5 / 4 : rate;
	}
	sk->sk_pacing_rate = rate;
}

SEC("struct_ops/on_init")
void on_init(__u64 *context)
{
	struct sock *sk = ARGUMENT(0);
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct scavenger *ca = priv(sk);

	__builtin_memset(ca, 0, sizeof(*ca));
	ca->base_us = tp->srtt_us ? tp->srtt_us >> 3 : ~0u >> 8;
	ca->base_at = now(tp);
	ca->slowdown_at = now(tp);
	ca->acked_at = now(tp);
	set_window(ca, (__u64)tp->snd_cwnd * UNIT);
	enter(ca, tp, RAMP);
	tp->snd_ssthresh = INFINITE_SSTHRESH;
	if (sk->sk_pacing_status == SK_PACING_NONE)
		sk->sk_pacing_status = SK_PACING_NEEDED;
}

SEC("struct_ops/on_pkts_acked")
void on_pkts_acked(__u64 *context)
{
	struct sock *sk = ARGUMENT(0);
	const struct ack_sample *sample = ARGUMENT(1);
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct scavenger *ca = priv(sk);
	__s32 rtt = sample->rtt_us;

	ca->newly_acked += sample->pkts_acked;
	ca->round_acked += sample->pkts_acked;
	ca->round_flight = max(ca->round_flight, tp->packets_out + sample->pkts_acked);
	if (rtt <= 0)
		return;
	if (rtt <= ca->base_us || now(tp) - ca->base_at > BASE_LIFETIME_US) {
		ca->base_us = rtt;
		ca->base_at = now(tp);
	}
	ca->block_min_us = ca->block_min_us ? min(ca->block_min_us, rtt) : rtt;
	ca->round_min_us = ca->round_min_us ? min(ca->round_min_us, rtt) : rtt;
	ca->samples++;
}

/* Newer kernels pass more arguments, in another order: the first is the same in all. */
SEC("struct_ops/on_cong_control")
void on_cong_control(__u64 *context)
{
	struct sock *sk = ARGUMENT(0);
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct scavenger *ca = priv(sk);
	/* A single packet's acknowledgement may be delayed by the receiver; that of two may not. */
	bool round_ended = !before(tp->snd_una, ca->round_end) && ca->round_acked >= 2;

	ca->acked_at = now(tp);
	if (ca->state == STAND_BACK) {
		if (!before(now(tp), ca->pause_end))
			enter_fresh(ca, tp, PROBE);
	} else {
		if (ca->state == RAMP)
			ramp(ca, tp, round_ended);
		if (round_ended)
			end_round(ca, tp);
	}
	ca->newly_acked = 0;
	apply(sk, ca);
}

/* Called at a loss, once for all losses of a round-trip. */
SEC("struct_ops/on_ssthresh")
__u32 on_ssthresh(__u64 *context)
{
	struct sock *sk = ARGUMENT(0);
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct scavenger *ca = priv(sk);
	/* A loss is seen a round-trip later, when the window may have become smaller for a test. */
	__u32 window = ca->crowded == 1 ? max(ca->window, ca->own_window) : ca->window;
	/* Alone, a flow loses packets at about the same window each time. This is all that a very short queue tells. */
	bool early = window < ca->loss_window / 2;

	ca->prior_window = ca->window;
	if (ca->state == STAND_BACK || ca->state == SLOWDOWN)
		return INFINITE_SSTHRESH;
	ca->loss_window = max(window, ca->loss_window - ca->loss_window / 8);
	if (early || ca->state == PROBE) {
		stand_back(ca, tp);
	} else if (ca->state == CRUISE && ca->crowded) {
		set_window(ca, ca->window / 2);
		ca->skip = 1;
	} else {
		enter(ca, tp, CRUISE);
		test(ca, tp, ca->window / 2);
	}
	return INFINITE_SSTHRESH;
}

SEC("struct_ops/on_set_state")
void on_set_state(__u64 *context)
{
	struct sock *sk = ARGUMENT(0);
	__u8 new_state = context[1];
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	if (new_state == TCP_CA_Loss)
		stand_back(priv(sk), tp);
}

SEC("struct_ops/on_cwnd_event")
void on_cwnd_event(__u64 *context)
{
	struct sock *sk = ARGUMENT(0);
	enum tcp_ca_event event = context[1];
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct scavenger *ca = priv(sk);

	if (event != CA_EVENT_TX_START || ca->state == STAND_BACK || now(tp) - ca->acked_at < IDLE_US)
		return;
	set_window(ca, min(ca->window, RESTART_WINDOW));
	enter(ca, tp, RAMP);
	apply(sk, ca);
}

/* The loss was none: the packets were only reordered. */
SEC("struct_ops/on_undo_cwnd")
__u32 on_undo_cwnd(__u64 *context)
{
	struct sock *sk = ARGUMENT(0);
	struct scavenger *ca = priv(sk);

	if (ca->state == CRUISE)
		set_window(ca, max(ca->window, ca->prior_window));
	return ((struct tcp_sock *)sk)->snd_cwnd;
}

/* The build names it by a digest of the sources (OPERATIONS), by which a loader knows whether this version is loaded. */
SEC(".struct_ops")
struct tcp_congestion_ops OPERATIONS = {
	.flags = TCP_CONG_NON_RESTRICTED,
	.init = (void *)on_init,
	.ssthresh = (void *)on_ssthresh,
	.cong_control = (void *)on_cong_control,
	.set_state = (void *)on_set_state,
	.cwnd_event = (void *)on_cwnd_event,
	.pkts_acked = (void *)on_pkts_acked,
	.undo_cwnd = (void *)on_undo_cwnd,
	.name = "scavenger",
};
