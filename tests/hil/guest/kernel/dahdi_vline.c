// SPDX-License-Identifier: GPL-2.0
/*
 * dahdi_vline - a virtual analogue card for test benches: N FXO ports, each wired to one of N FXS
 * ports by a virtual pair. Ringing, loop current, polarity, on-hook transmission, the red alarm of
 * a cut pair and the echo of a hybrid behave as on a wctdm; the time of it is the kernel's own, in
 * chunks of 1 ms from an hrtimer.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <dahdi/kernel.h>

#define MAX_PORTS	16
#define ECHO_SAMPLES	1024	/* a power of two */
#define TICK_MS		2
#define MAX_LATE_MS	500	/* a stall longer than this is not made up for */

static int ports = 4;
module_param(ports, int, 0444);
MODULE_PARM_DESC(ports, "lines, 1 to 16");

static int alaw = 1;
module_param(alaw, int, 0444);
MODULE_PARM_DESC(alaw, "companding: A-law, or with 0 mu-law");

static uint cut_mask;
module_param(cut_mask, uint, 0644);
MODULE_PARM_DESC(cut_mask, "bit n: the pair of line n is cut");

static int echo_shift;
module_param(echo_shift, int, 0644);
MODULE_PARM_DESC(echo_shift, "above 0: FXO hears its own voice, n bits (6 dB each) fainter");

static int echo_delay = 40;
module_param(echo_delay, int, 0644);
MODULE_PARM_DESC(echo_delay, "and so many samples later");

static int polarity_on_answer;
module_param(polarity_on_answer, int, 0644);
MODULE_PARM_DESC(polarity_on_answer, "FXS reverses polarity while it talks");

static int oht_needed = 1;
module_param(oht_needed, int, 0644);
MODULE_PARM_DESC(oht_needed, "on-hook audio passes only during DAHDI_ONHOOKTRANSFER");

static int battalarm = 1000;
module_param(battalarm, int, 0644);
MODULE_PARM_DESC(battalarm, "ms without battery until the red alarm");

static int battdebounce = 64;
module_param(battdebounce, int, 0644);
MODULE_PARM_DESC(battdebounce, "ms without battery until it is missed");

struct fxs_state {
	int ringing;
	int open;	/* battery taken away (kewlstart) */
	int reversed;
	int transfer_ms;
	int seen_loop;
};

struct fxo_state {
	int off_hook;
	int battery;	/* -1: not looked at yet */
	int changed_ms;
	int alarm_in_ms;
	int seen_ring;
	int seen_reversed;
	s16 spoken[ECHO_SAMPLES];
	int at;
};

struct port {
	struct dahdi_chan *chan;
	struct fxs_state fxs;
	struct fxo_state fxo;
};

struct card {
	int is_fxo;
	struct platform_device *pdev;
	struct dahdi_device *ddev;
	struct dahdi_span span;
	struct dahdi_chan *chans[MAX_PORTS];
	struct port port[MAX_PORTS];
};

static struct card *fxo_card, *fxs_card;
static struct hrtimer timer;
static struct tasklet_struct tasklet;
static ktime_t began;
static u64 done_ms;

static struct port *port_of(struct dahdi_chan *chan)
{
	struct card *card = chan->pvt;

	return &card->port[chan->chanpos - 1];
}

/* --- what DAHDI asks of a card -------------------------------------------------------------- */

static int vline_open(struct dahdi_chan *chan)
{
	return try_module_get(THIS_MODULE) ? 0 : -ENODEV;
}

static int vline_close(struct dahdi_chan *chan)
{
	struct port *port = port_of(chan);

	port->fxs.ringing = 0;
	port->fxs.transfer_ms = 0;
	port->fxs.reversed = 0;
	port->fxo.off_hook = 0;
	module_put(THIS_MODULE);
	return 0;
}

static int vline_hooksig(struct dahdi_chan *chan, enum dahdi_txsig sig)
{
	struct card *card = chan->pvt;
	struct port *port = port_of(chan);

	if (card->is_fxo) {
		port->fxo.off_hook = sig == DAHDI_TXSIG_START || sig == DAHDI_TXSIG_OFFHOOK;
	} else {
		port->fxs.ringing = sig == DAHDI_TXSIG_START;
		port->fxs.open = sig == DAHDI_TXSIG_KEWL;
	}
	return 0;
}

static int vline_ioctl(struct dahdi_chan *chan, unsigned int cmd, unsigned long data)
{
	struct card *card = chan->pvt;
	struct fxs_state *fxs = &port_of(chan)->fxs;
	int value;

	switch (cmd) {
	case DAHDI_ONHOOKTRANSFER:
	case DAHDI_SETPOLARITY:
		if (card->is_fxo)
			return -EINVAL;
		if (get_user(value, (__user int *)data))
			return -EFAULT;
		if (cmd == DAHDI_ONHOOKTRANSFER) {
			fxs->transfer_ms = value;
			return 0;
		}
		if (fxs->ringing || fxs->open)
			return -EINVAL;
		fxs->reversed = !!value;
		return 0;
	case DAHDI_SET_HWGAIN:
	case DAHDI_VMWI:
	case DAHDI_VMWI_CONFIG:
		return 0;
	}
	return -ENOTTY;
}

static int vline_chanconfig(struct file *file, struct dahdi_chan *chan, int sig)
{
	return 0;
}

static const struct dahdi_span_ops vline_ops = {
	.owner = THIS_MODULE,
	.open = vline_open,
	.close = vline_close,
	.hooksig = vline_hooksig,
	.ioctl = vline_ioctl,
	.chanconfig = vline_chanconfig,
};

/* --- the pair between two ports ------------------------------------------------------------- */

static void fxs_sees(struct port *fxs, int loop)
{
	if (loop != fxs->fxs.seen_loop || fxs->chan->rxhooksig == DAHDI_RXSIG_INITIAL) {
		fxs->fxs.seen_loop = loop;
		dahdi_hooksig(fxs->chan, loop ? DAHDI_RXSIG_OFFHOOK : DAHDI_RXSIG_ONHOOK);
	}
	if (fxs->fxs.transfer_ms > 0)
		fxs->fxs.transfer_ms--;
}

static void fxo_sees_ring(struct port *fxo, int ring)
{
	if (fxo->chan->rxhooksig == DAHDI_RXSIG_INITIAL) {
		fxo->fxo.battery = -1;
		fxo->fxo.seen_ring = 0;
	}
	if (ring == fxo->fxo.seen_ring)
		return;
	fxo->fxo.seen_ring = ring;
	dahdi_hooksig(fxo->chan, ring ? DAHDI_RXSIG_RING : DAHDI_RXSIG_OFFHOOK);
}

static void fxo_sees_battery(struct port *fxo, int battery, int reversed)
{
	struct fxo_state *state = &fxo->fxo;

	if (battery == state->battery) {
		state->changed_ms = 0;
	} else if (state->battery == -1 || ++state->changed_ms >= battdebounce) {
		state->battery = battery;
		state->changed_ms = 0;
		state->alarm_in_ms = battery ? 0 : battalarm;
		dahdi_hooksig(fxo->chan, battery ? DAHDI_RXSIG_OFFHOOK : DAHDI_RXSIG_ONHOOK);
		if (battery)
			dahdi_alarm_channel(fxo->chan, DAHDI_ALARM_NONE);
	}
	if (!state->battery && state->alarm_in_ms && --state->alarm_in_ms == 0)
		dahdi_alarm_channel(fxo->chan, DAHDI_ALARM_RED);
	if (battery && reversed != state->seen_reversed) {
		state->seen_reversed = reversed;
		dahdi_qevent_lock(fxo->chan, DAHDI_EVENT_POLARITY);
	}
}

static void pass_state(struct port *fxo, struct port *fxs, int cut)
{
	int loop = !cut && fxo->fxo.off_hook;
	int talks = loop && fxs->chan->txhooksig == DAHDI_TXSIG_OFFHOOK;

	fxs_sees(fxs, loop);
	fxo_sees_ring(fxo, !cut && fxs->fxs.ringing && !fxo->fxo.off_hook);
	fxo_sees_battery(fxo, !cut && !fxs->fxs.open,
			 fxs->fxs.reversed ^ (polarity_on_answer && talks));
}

static void pass_audio(struct port *fxo, struct port *fxs, int cut)
{
	struct fxo_state *state = &fxo->fxo;
	int up = !cut && state->off_hook;
	int down = !cut && !fxs->fxs.open &&
		   (state->off_hook || fxs->fxs.transfer_ms > 0 || !oht_needed);
	u8 silence = DAHDI_LIN2X(0, fxo->chan);
	int i;

	for (i = 0; i < DAHDI_CHUNKSIZE; i++) {
		int heard = down ? DAHDI_XLAW(fxs->chan->writechunk[i], fxs->chan) : 0;
		int echo = (state->at - echo_delay) & (ECHO_SAMPLES - 1);

		state->spoken[state->at] = DAHDI_XLAW(fxo->chan->writechunk[i], fxo->chan);
		if (echo_shift > 0 && state->off_hook)
			heard += state->spoken[echo] >> echo_shift;
		state->at = (state->at + 1) & (ECHO_SAMPLES - 1);
		heard = clamp(heard, -32768, 32767);
		fxo->chan->readchunk[i] = heard ? DAHDI_LIN2X(heard, fxo->chan) : silence;
		fxs->chan->readchunk[i] = up ? fxo->chan->writechunk[i] : silence;
	}
}

static void pass_chunk(void)
{
	int i;

	dahdi_transmit(&fxo_card->span);
	dahdi_transmit(&fxs_card->span);
	for (i = 0; i < ports; i++) {
		int cut = (cut_mask >> i) & 1;

		pass_audio(&fxo_card->port[i], &fxs_card->port[i], cut);
		pass_state(&fxo_card->port[i], &fxs_card->port[i], cut);
	}
	dahdi_ec_span(&fxo_card->span);
	dahdi_receive(&fxo_card->span);
	dahdi_ec_span(&fxs_card->span);
	dahdi_receive(&fxs_card->span);
}

/* --- time ----------------------------------------------------------------------------------- */

static int is_registered(struct card *card)
{
	return test_bit(DAHDI_FLAGBIT_REGISTERED, &card->span.flags);
}

static void catch_up(unsigned long unused)
{
	u64 due_ms = ktime_to_ms(ktime_sub(ktime_get(), began));
	unsigned long flags;

	if (!is_registered(fxo_card) || !is_registered(fxs_card)) {
		done_ms = due_ms;
		return;
	}
	if (due_ms - done_ms > MAX_LATE_MS)
		done_ms = due_ms - MAX_LATE_MS;
	for (; done_ms < due_ms; done_ms++) {
		local_irq_save(flags);
		pass_chunk();
		local_irq_restore(flags);
	}
}

static enum hrtimer_restart tick(struct hrtimer *expired)
{
	tasklet_hi_schedule(&tasklet);
	hrtimer_forward_now(expired, ms_to_ktime(TICK_MS));
	return HRTIMER_RESTART;
}

/* --- the cards come and go ------------------------------------------------------------------ */

static void make_chan(struct card *card, int i, const char *name)
{
	struct dahdi_chan *chan = kzalloc(sizeof(*chan), GFP_KERNEL | __GFP_NOFAIL);

	snprintf(chan->name, sizeof(chan->name), "%s/0/%d", name, i);
	if (card->is_fxo)
		chan->sigcap = DAHDI_SIG_FXSKS | DAHDI_SIG_FXSLS | DAHDI_SIG_SF | DAHDI_SIG_CLEAR;
	else
		chan->sigcap = DAHDI_SIG_FXOKS | DAHDI_SIG_FXOLS | DAHDI_SIG_FXOGS |
			       DAHDI_SIG_SF | DAHDI_SIG_EM | DAHDI_SIG_CLEAR;
	chan->chanpos = i + 1;
	chan->pvt = card;
	card->chans[i] = chan;
	card->port[i].chan = chan;
	card->port[i].fxo.battery = -1;
}

static struct card *make_card(int is_fxo)
{
	struct card *card = kzalloc(sizeof(*card), GFP_KERNEL | __GFP_NOFAIL);
	const char *name = is_fxo ? "VFXO" : "VFXS";
	int i;

	card->is_fxo = is_fxo;
	card->pdev = platform_device_register_simple(is_fxo ? "vline-fxo" : "vline-fxs", -1, NULL, 0);
	card->ddev = dahdi_create_device();
	card->ddev->location = kasprintf(GFP_KERNEL, "Bench %s", name);
	card->ddev->manufacturer = "Markaz";
	card->ddev->devicetype = is_fxo ? "Virtual FXO card" : "Virtual FXS card";
	card->ddev->hardware_id = kasprintf(GFP_KERNEL, "vline:%s", name);
	snprintf(card->span.name, sizeof(card->span.name), "%s/0", name);
	snprintf(card->span.desc, sizeof(card->span.desc), "Virtual %s card", name + 1);
	for (i = 0; i < ports; i++)
		make_chan(card, i, name);
	card->span.chans = card->chans;
	card->span.channels = ports;
	card->span.deflaw = alaw ? DAHDI_LAW_ALAW : DAHDI_LAW_MULAW;
	card->span.flags = DAHDI_FLAG_RBS;
	card->span.ops = &vline_ops;
	card->span.spantype = is_fxo ? SPANTYPE_ANALOG_FXO : SPANTYPE_ANALOG_FXS;
	list_add_tail(&card->span.device_node, &card->ddev->spans);
	return card;
}

static void drop_card(struct card *card)
{
	int i;

	dahdi_unregister_device(card->ddev);
	for (i = 0; i < ports; i++)
		kfree(card->chans[i]);
	kfree(card->ddev->location);
	dahdi_free_device(card->ddev);
	platform_device_unregister(card->pdev);
	kfree(card);
}

static int __init vline_init(void)
{
	if (ports < 1 || ports > MAX_PORTS)
		return -EINVAL;
	fxo_card = make_card(1);
	fxs_card = make_card(0);
	if (dahdi_register_device(fxo_card->ddev, &fxo_card->pdev->dev) ||
	    dahdi_register_device(fxs_card->ddev, &fxs_card->pdev->dev))
		return -EIO;	/* only a bench: what was made is not taken apart */
	tasklet_init(&tasklet, catch_up, 0);
	began = ktime_get();
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer.function = tick;
	hrtimer_start(&timer, ms_to_ktime(TICK_MS), HRTIMER_MODE_REL);
	return 0;
}

static void __exit vline_exit(void)
{
	hrtimer_cancel(&timer);
	tasklet_kill(&tasklet);
	drop_card(fxo_card);
	drop_card(fxs_card);
}

module_init(vline_init);
module_exit(vline_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Virtual analogue DAHDI card for test benches");
