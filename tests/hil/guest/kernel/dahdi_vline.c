// SPDX-License-Identifier: GPL-2.0
/*
 * dahdi_vline - a virtual analogue card for test benches: N FXO ports, each wired to one of N FXS
 * ports by a virtual pair.  Ringing, loop current, polarity, on-hook transmission, the red alarm
 * of a cut pair and the echo of a hybrid behave as on a wctdm; the time of it is the kernel's own,
 * 1 ms chunks from an hrtimer.
 *
 * Parameters, changed at run time in /sys/module/dahdi_vline/parameters:
 *   cut_mask            bit n: the pair of line n is cut
 *   echo_shift          >0: the FXO port hears its own voice again, n bits (6 dB each) fainter
 *   echo_delay          so many samples later
 *   polarity_on_answer  the FXS port reverses polarity while it talks
 *   oht_needed          on-hook audio passes only during DAHDI_ONHOOKTRANSFER
 *   battalarm           ms without battery until the red alarm
 *   battdebounce        ms that the battery must be away to be missed
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/interrupt.h>
#include <linux/platform_device.h>
#include <dahdi/kernel.h>

#define MAXP 16
static int ports = 4;		module_param(ports, int, 0444);
static int alaw = 1;		module_param(alaw, int, 0444);
static uint cut_mask;		module_param(cut_mask, uint, 0644);	/* bit n: wire of line n unplugged */
static int echo_shift = 0;	module_param(echo_shift, int, 0644);	/* >0: FXO hears own tx >> n */
static int echo_delay = 40;	module_param(echo_delay, int, 0644);	/* in samples, max 1023 */
static int polarity_on_answer;	module_param(polarity_on_answer, int, 0644);
static int oht_needed = 1;	module_param(oht_needed, int, 0644);	/* on-hook audio only in ONHOOKTRANSFER */
static int battalarm = 1000;	module_param(battalarm, int, 0644);
static int battdebounce = 64;	module_param(battdebounce, int, 0644);

struct vport {
	struct dahdi_chan *chan;
	/* fxs */
	int ringing, open, reverse, oht;
	/* fxo */
	int offhook, batt, battms, alarmed, seen_ring, seen_rev, seen_loop;
	s16 hist[1024]; int hpos;
};
struct vspan {
	struct dahdi_device *ddev;
	struct dahdi_span span;
	struct dahdi_chan *chans[MAXP];
	struct vport p[MAXP];
	int is_fxo;
};
static struct platform_device *pdev[2];
static struct vspan *S[2];	/* 0 = FXO card, 1 = FXS card */
static struct hrtimer timer;
static struct tasklet_struct tl;
static ktime_t t0; static u64 done_chunks;

static int vl_open(struct dahdi_chan *c) { return try_module_get(THIS_MODULE) ? 0 : -ENODEV; }
static int vl_close(struct dahdi_chan *c)
{
	struct vspan *s = c->pvt; struct vport *p = &s->p[c->chanpos - 1];
	p->ringing = 0; p->oht = 0;
	if (s->is_fxo) p->offhook = 0; else p->reverse = 0;
	module_put(THIS_MODULE); return 0;
}
static int vl_hooksig(struct dahdi_chan *c, enum dahdi_txsig sig)
{
	struct vspan *s = c->pvt; struct vport *p = &s->p[c->chanpos - 1];
	if (s->is_fxo) {
		p->offhook = (sig == DAHDI_TXSIG_START || sig == DAHDI_TXSIG_OFFHOOK);
	} else {
		p->ringing = (sig == DAHDI_TXSIG_START);
		p->open = (sig == DAHDI_TXSIG_KEWL);
	}
	return 0;
}
static int vl_ioctl(struct dahdi_chan *c, unsigned int cmd, unsigned long data)
{
	struct vspan *s = c->pvt; struct vport *p = &s->p[c->chanpos - 1]; int x;
	switch (cmd) {
	case DAHDI_ONHOOKTRANSFER:
		if (s->is_fxo) return -EINVAL;
		if (get_user(x, (__user int *)data)) return -EFAULT;
		p->oht = x; return 0;
	case DAHDI_SETPOLARITY:
		if (s->is_fxo) return -EINVAL;
		if (get_user(x, (__user int *)data)) return -EFAULT;
		if (p->ringing || p->open) return -EINVAL;
		p->reverse = !!x; return 0;
	case DAHDI_SET_HWGAIN: case DAHDI_VMWI: case DAHDI_VMWI_CONFIG:
		return 0;
	}
	return -ENOTTY;
}
static int vl_chanconfig(struct file *f, struct dahdi_chan *c, int sig) { return 0; }
static const struct dahdi_span_ops vl_ops = { .owner = THIS_MODULE, .open = vl_open, .close = vl_close,
	.hooksig = vl_hooksig, .ioctl = vl_ioctl, .chanconfig = vl_chanconfig };

static void line_state(int i)
{
	struct vport *o = &S[0]->p[i], *x = &S[1]->p[i];
	int cut = (cut_mask >> i) & 1;
	int batt = !cut && !x->open;
	int ring = !cut && x->ringing && !o->offhook;
	int loop = !cut && o->offhook;
	int rev = x->reverse ^ (polarity_on_answer && x->chan->txhooksig == DAHDI_TXSIG_OFFHOOK && loop);

	/* what the FXS/CO side sees */
	if (loop != x->seen_loop || x->chan->rxhooksig == DAHDI_RXSIG_INITIAL) {
		x->seen_loop = loop;
		dahdi_hooksig(x->chan, loop ? DAHDI_RXSIG_OFFHOOK : DAHDI_RXSIG_ONHOOK);
	}
	if (x->oht > 0) x->oht--;
	/* what the FXO side sees */
	if (o->chan->rxhooksig == DAHDI_RXSIG_INITIAL) { o->batt = -1; o->seen_ring = 0; }
	if (ring != o->seen_ring) {
		o->seen_ring = ring;
		dahdi_hooksig(o->chan, ring ? DAHDI_RXSIG_RING : DAHDI_RXSIG_OFFHOOK);
	}
	if (batt != o->batt) {
		if (o->batt == -1 || ++o->battms >= battdebounce) {
			o->batt = batt; o->battms = 0; o->alarmed = batt ? 0 : battalarm;
			dahdi_hooksig(o->chan, batt ? DAHDI_RXSIG_OFFHOOK : DAHDI_RXSIG_ONHOOK);
			if (batt) dahdi_alarm_channel(o->chan, DAHDI_ALARM_NONE);
		}
	} else o->battms = 0;
	if (!o->batt && o->alarmed && --o->alarmed == 0)
		dahdi_alarm_channel(o->chan, DAHDI_ALARM_RED);
	if (batt && rev != o->seen_rev) { o->seen_rev = rev; dahdi_qevent_lock(o->chan, DAHDI_EVENT_POLARITY); }
}
static void one_chunk(void)
{
	int i, k;
	for (k = 0; k < 2; k++) dahdi_transmit(&S[k]->span);
	for (i = 0; i < ports; i++) {
		struct vport *o = &S[0]->p[i], *x = &S[1]->p[i];
		int cut = (cut_mask >> i) & 1;
		int down = !cut && !x->open && (o->offhook || x->oht > 0 || !oht_needed);
		int up = !cut && o->offhook;
		u8 sil = DAHDI_LIN2X(0, o->chan);
		for (k = 0; k < DAHDI_CHUNKSIZE; k++) {
			int v = down ? DAHDI_XLAW(x->chan->writechunk[k], x->chan) : 0;
			o->hist[o->hpos] = DAHDI_XLAW(o->chan->writechunk[k], o->chan);
			if (echo_shift > 0 && o->offhook)
				v += o->hist[(o->hpos - (echo_delay & 1023)) & 1023] >> echo_shift;
			o->hpos = (o->hpos + 1) & 1023;
			v = clamp(v, -32768, 32767);
			o->chan->readchunk[k] = v ? DAHDI_LIN2X(v, o->chan) : sil;
			x->chan->readchunk[k] = up ? o->chan->writechunk[k] : sil;
		}
		line_state(i);
	}
	for (k = 0; k < 2; k++) { dahdi_ec_span(&S[k]->span); dahdi_receive(&S[k]->span); }
}
static void run(unsigned long x)
{
	u64 due = ktime_to_ms(ktime_sub(ktime_get(), t0)); unsigned long flags; int n = 0;
	if (!test_bit(DAHDI_FLAGBIT_REGISTERED, &S[0]->span.flags) || !test_bit(DAHDI_FLAGBIT_REGISTERED, &S[1]->span.flags)) { done_chunks = due; return; }
	if (due - done_chunks > 500) done_chunks = due - 500;
	while (done_chunks < due && n++ < 500) { local_irq_save(flags); one_chunk(); local_irq_restore(flags); done_chunks++; }
}
static enum hrtimer_restart tick(struct hrtimer *t) { tasklet_hi_schedule(&tl); hrtimer_forward_now(t, ms_to_ktime(2)); return HRTIMER_RESTART; }

static struct vspan *mk(int is_fxo)
{
	int i; struct vspan *s = kzalloc(sizeof(*s), GFP_KERNEL);
	const char *n = is_fxo ? "VFXO" : "VFXS";
	s->is_fxo = is_fxo; s->ddev = dahdi_create_device();
	s->ddev->location = kasprintf(GFP_KERNEL, "Bench %s", n);
	s->ddev->manufacturer = "Bench"; s->ddev->devicetype = is_fxo ? "Virtual FXO card" : "Virtual FXS card";
	s->ddev->hardware_id = kasprintf(GFP_KERNEL, "vline:%s", n);
	snprintf(s->span.name, sizeof(s->span.name), "%s/0", n);
	snprintf(s->span.desc, sizeof(s->span.desc), "Virtual %s card", is_fxo ? "FXO" : "FXS");
	s->span.deflaw = alaw ? DAHDI_LAW_ALAW : DAHDI_LAW_MULAW;
	for (i = 0; i < ports; i++) {
		struct dahdi_chan *c = s->chans[i] = kzalloc(sizeof(*c), GFP_KERNEL);
		snprintf(c->name, sizeof(c->name), "%s/0/%d", n, i);
		c->sigcap = is_fxo ? (DAHDI_SIG_FXSKS | DAHDI_SIG_FXSLS | DAHDI_SIG_SF | DAHDI_SIG_CLEAR)
			: (DAHDI_SIG_FXOKS | DAHDI_SIG_FXOLS | DAHDI_SIG_FXOGS | DAHDI_SIG_SF | DAHDI_SIG_EM | DAHDI_SIG_CLEAR);
		c->chanpos = i + 1; c->pvt = s; s->p[i].chan = c; s->p[i].batt = -1;
	}
	s->span.chans = s->chans; s->span.channels = ports; s->span.flags = DAHDI_FLAG_RBS;
	s->span.ops = &vl_ops; s->span.spantype = is_fxo ? SPANTYPE_ANALOG_FXO : SPANTYPE_ANALOG_FXS;
	list_add_tail(&s->span.device_node, &s->ddev->spans);
	return s;
}
static int __init vl_init(void)
{
	int k;
	if (ports < 1 || ports > MAXP) return -EINVAL;
	for (k = 0; k < 2; k++) {
		S[k] = mk(k == 0);
		pdev[k] = platform_device_register_simple(k ? "vline-fxs" : "vline-fxo", -1, NULL, 0);
	}
	for (k = 0; k < 2; k++)
		if (dahdi_register_device(S[k]->ddev, &pdev[k]->dev)) return -EIO; /* bench: leak on failure */
	tasklet_init(&tl, run, 0); t0 = ktime_get();
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL); timer.function = tick;
	hrtimer_start(&timer, ms_to_ktime(2), HRTIMER_MODE_REL);
	return 0;
}
static void __exit vl_exit(void)
{
	int k, i;
	hrtimer_cancel(&timer); tasklet_kill(&tl);
	for (k = 0; k < 2; k++) {
		dahdi_unregister_device(S[k]->ddev);
		for (i = 0; i < ports; i++) kfree(S[k]->chans[i]);
		kfree(S[k]->ddev->location); dahdi_free_device(S[k]->ddev); kfree(S[k]);
		platform_device_unregister(pdev[k]);
	}
}
module_init(vl_init); module_exit(vl_exit);
MODULE_LICENSE("GPL v2"); MODULE_DESCRIPTION("Virtual analog DAHDI card for test benches");
