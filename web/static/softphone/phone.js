/* The telephone itself: SIP.js, wrapped. Calls are told of as events of calls.js; what is shown of
   them is another's business (page.js).

   A page loaded anew, a WebSocket that was cut, another network: all of them go the same way. The
   exchange still has the call, and is asked for it by INVITE with Replaces (RFC 3891). */

const EXPIRES_S = 90;
const GATHERING_MS = 400;
const PATIENCE_MS = [200, 500, 1000, 2000, 4000];
const ASLEEP_MS = 20_000;
const LOOK_MS = 2_000;
const DISCONNECTED_MS = 2_500;

/* A session description as it is sent: without the numbers and names of sources (RFC 5576), which
   one stream does not need. pjmedia 2.17 ends the call when a name begins with a slash
   (PJMEDIA_SDP_EINSSRC), and Chromium draws names from the 64 signs of base64. */
export function sent(description) {
  return description.replace(/^a=ssrc[^\r\n]*\r?\n/gm, "");
}

export class Phone {
  /* plan: {server, realm, number, name, pass(), microphone()}; told: {line(event), call(call, event,
     detail), transfer(call, outcome)}; sip: the module of SIP.js; step: of calls.js. */
  constructor(sip, step, plan, told) {
    Object.assign(this, { sip, step, plan, told });
    this.calls = [];
    this.attempt = 0;
    this.nextId = 1;
    this.isConnecting = false;
  }

  async start() {
    this.agent = new this.sip.UserAgent({
      uri: this.#uri(this.plan.number),
      displayName: this.plan.name,
      userAgentString: "Markaz-Browser",
      gracefulShutdown: false, // it would hang up when the page is loaded anew
      sendInitialProvisionalResponse: false,
      logBuiltinEnabled: false,
      transportOptions: { server: this.plan.server, connectionTimeout: 5 },
      sessionDescriptionHandlerFactory: this.#describing(),
      sessionDescriptionHandlerFactoryOptions: {
        iceGatheringTimeout: GATHERING_MS,
        peerConnectionConfiguration: { iceServers: [], rtcpMuxPolicy: "require" },
      },
      delegate: {
        onInvite: (invitation) => this.#offered(invitation),
        onDisconnect: (error) => error && this.#cut(),
      },
    });
    this.registerer = new this.sip.Registerer(this.agent, { expires: EXPIRES_S });
    this.registerer.stateChange.addListener((state) => {
      if (state === this.sip.RegistererState.Unregistered && this.agent.isConnected()) this.#cut();
    });
    this.#watch();
    await this.connect();
  }

  /* SIP.js' own handler, which sends what ``sent`` leaves. */
  #describing() {
    const make = this.sip.Web.defaultSessionDescriptionHandlerFactory(() => this.#microphone());
    return (...given) => {
      const handler = make(...given);
      const describe = handler.getDescription.bind(handler);
      handler.getDescription = async (...asked) => {
        const { body, contentType } = await describe(...asked);
        return { body: sent(body), contentType };
      };
      return handler;
    };
  }

  /* Until it has worked; every attempt with a fresh pass. */
  async connect() {
    if (this.isConnecting) return;
    this.isConnecting = true;
    try {
      while (!(await this.#attempt())) {
        const wait_ms = PATIENCE_MS[Math.min(this.attempt++, PATIENCE_MS.length - 1)];
        await new Promise((resolve) => setTimeout(resolve, wait_ms));
      }
    } finally {
      this.isConnecting = false;
    }
  }

  async #attempt() {
    this.told.line("began");
    try {
      if (!(await this.#freshPass())) return true; // signed out: there is nothing to try for
      await this.agent.start().catch(() => this.agent.reconnect());
      if (!this.agent.isConnected()) await this.agent.reconnect();
      await this.#register();
    } catch {
      this.told.line("cut");
      return false;
    }
    this.attempt = 0;
    this.told.line("registered");
    for (const call of this.calls.filter((one) => one.state === "renewing")) this.#renew(call);
    return true;
  }

  async #freshPass() {
    const found = await this.plan.pass();
    if (!found) {
      this.told.line("signed_out");
      return false;
    }
    this.agent.configuration.authorizationUsername = found.user;
    this.agent.configuration.authorizationPassword = found.password;
    this.passUntil = found.expires_at * 1000;
    return true;
  }

  #register() {
    return new Promise((resolve, reject) => {
      const wait = setTimeout(() => reject(new Error("REGISTER")), 6000);
      this.registerer
        .register({
          requestDelegate: {
            onAccept: () => (clearTimeout(wait), resolve()),
            onReject: (response) => (clearTimeout(wait), reject(new Error(response.message.reasonPhrase))),
          },
        })
        .catch(reject);
    });
  }

  /* The way to the exchange is gone; audio may go on. */
  #cut() {
    this.told.line("cut");
    for (const call of this.calls.filter((one) => one.state !== "over")) {
      if (call.session) call.session.isLost = true; // what becomes of it says nothing of the call
      if (call.state !== "renewing") call.wasHeld = call.state === "held";
      this.#step(call, "lost");
    }
    this.connect();
  }

  /* Sleep, another network, a pass that is about to run out. */
  #watch() {
    let looked_at = Date.now();
    const anew = () => this.agent.isConnected() && this.agent.transport.disconnect().finally(() => this.#cut());
    setInterval(() => {
      const slept_ms = Date.now() - looked_at;
      looked_at = Date.now();
      if (slept_ms > ASLEEP_MS) anew();
      else if (this.passUntil - Date.now() < 240_000) this.#freshPass().catch(() => {});
    }, LOOK_MS);
    addEventListener("online", () => anew());
    navigator.connection?.addEventListener?.("change", () => anew());
  }

  // -- orders ------------------------------------------------------------------------------

  call(number) {
    return this.#invite(this.#new({ number, name: "", state: "calling" }), number, []);
  }

  /* Go on here with a call that one has at another telephone, or that the page before had.
     dialog: its Call-ID, or the name of the exchange's leg. */
  take({ dialog, number, name, muted = false, wasHeld = false, since = Date.now() }) {
    const call = this.#new({ number, name, muted, wasHeld, since, dialog, state: "renewing" });
    return this.#renew(call);
  }

  async answer(call) {
    try {
      // Asked for before: SIP.js would refuse the call for want of it, and it could ring on.
      this.stream = await this.plan.microphone();
      await call.session.accept({ sessionDescriptionHandlerOptions: { constraints: { audio: true, video: false } } });
    } catch (error) {
      this.told.call(call, "unanswered", error); // it goes on ringing, here and elsewhere
    }
  }

  refuse(call) {
    return call.session.reject({ statusCode: 603 });
  }

  async end(call) {
    const { session } = call;
    this.#step(call, "ended");
    const { SessionState } = this.sip;
    if (!session) return;
    if (session.state === SessionState.Established) await session.bye();
    else if (session instanceof this.sip.Inviter) await session.cancel();
    else await session.reject();
  }

  async hold(call, on) {
    await new Promise((resolve, reject) =>
      call.session
        .invite({
          sessionDescriptionHandlerOptions: { hold: on },
          requestDelegate: { onAccept: resolve, onReject: reject },
        })
        .catch(reject),
    );
    this.#step(call, on ? "held" : "resumed");
    this.#silence(call);
  }

  mute(call, on) {
    call.muted = on;
    this.#silence(call);
    this.told.call(call, "changed");
  }

  press(call, digit) {
    call.session.sessionDescriptionHandler.sendDtmf(digit, { duration: 120, interToneGap: 70 });
  }

  /* Whoever call talks to goes to number; the exchange tells how far that has come. */
  transfer(call, number) {
    return this.#refer(call, this.#uri(number));
  }

  /* Whoever call talks to and whoever is on hold in other talk to each other. */
  join(call, other) {
    const { remoteTag, localTag } = other.session.dialog;
    const replaces = encodeURIComponent(`${other.dialog};to-tag=${remoteTag};from-tag=${localTag}`);
    const { URI } = this.sip;
    const to = new URI("sip", other.number || this.plan.number, this.plan.realm, undefined, undefined, {
      Replaces: [replaces],
    });
    return this.#refer(call, to);
  }

  /* Another microphone, in the calls that run. */
  async changeMicrophone() {
    for (const call of this.calls.filter((one) => one.session?.sessionDescriptionHandler)) {
      const stream = await this.plan.microphone();
      const sender = call.session.sessionDescriptionHandler.peerConnection
        .getSenders()
        .find((one) => one.track?.kind === "audio");
      const before = sender?.track;
      await sender?.replaceTrack(stream.getAudioTracks()[0]);
      before?.stop();
      call.local = stream;
      this.#silence(call);
      this.told.call(call, "media");
    }
  }

  peer(call) {
    return call.session?.sessionDescriptionHandler?.peerConnection;
  }

  // -- sessions ----------------------------------------------------------------------------

  async #microphone() {
    const { stream } = this;
    this.stream = null;
    return stream ?? this.plan.microphone();
  }

  #uri(user) {
    return new this.sip.URI("sip", user, this.plan.realm);
  }

  #new(fields) {
    const call = { id: this.nextId++, since: Date.now(), muted: false, session: null, ...fields };
    this.calls.push(call);
    return call;
  }

  #step(call, event, detail) {
    const before = call.state;
    call.state = this.step(before, event);
    if (call.state === "over") this.calls = this.calls.filter((one) => one !== call);
    if (call.state !== before) this.told.call(call, event, detail);
  }

  #offered(invitation) {
    const { remoteIdentity } = invitation;
    const call = this.#new({
      number: remoteIdentity.uri.user ?? "",
      name: remoteIdentity.displayName ?? "",
      state: "ringing",
      dialog: invitation.request.callId,
    });
    call.session = invitation;
    this.#follow(call, invitation);
    invitation.progress().catch(() => {});
    this.told.call(call, "offered");
  }

  async #invite(call, number, extraHeaders) {
    const inviter = new this.sip.Inviter(this.agent, this.#uri(number), {
      earlyMedia: true,
      extraHeaders,
      sessionDescriptionHandlerOptions: { constraints: { audio: true, video: false } },
    });
    call.session = inviter;
    call.dialog = inviter.request.callId;
    this.#follow(call, inviter);
    this.told.call(call, "placed");
    try {
      await inviter.invite({
        requestDelegate: {
          onProgress: (response) => this.told.call(call, "progress", Boolean(response.message.body)),
          onReject: (response) => (call.status = response.message.statusCode),
        },
      });
    } catch (error) {
      this.#step(call, "ended", error);
    }
    return call;
  }

  async #renew(call) {
    const old = call.session;
    const replaced = call.dialog;
    const inviter = new this.sip.Inviter(this.agent, this.#uri(this.plan.number), {
      extraHeaders: [`Replaces: ${replaced};to-tag=0;from-tag=0`],
      sessionDescriptionHandlerOptions: { constraints: { audio: true, video: false } },
    });
    call.session = inviter;
    call.isRenewed = true;
    this.#follow(call, inviter, () => {
      call.dialog = inviter.request.callId;
      old?.dispose().catch(() => {});
    });
    try {
      await inviter.invite({
        requestDelegate: { onReject: (response) => (call.status = response.message.statusCode) },
      });
    } catch (error) {
      if (!inviter.isLost) this.#step(call, "ended", error);
    }
    return call;
  }

  #follow(call, session, settled = () => {}) {
    const { SessionState } = this.sip;
    session.stateChange.addListener((state) => {
      if (call.session !== session) return;
      if (state === SessionState.Established) {
        settled();
        this.#established(call);
      } else if (state === SessionState.Terminated && !session.isLost) {
        this.#step(call, "ended");
      }
    });
  }

  #established(call) {
    const wasRenewing = call.state === "renewing";
    this.#watchMedia(call);
    this.#step(call, wasRenewing ? "renewed" : "answered");
    this.#silence(call);
    this.told.call(call, "media");
    if (wasRenewing && call.wasHeld) this.hold(call, true).catch(() => {});
  }

  /* The network under the audio is gone, though the WebSocket may not have noticed. */
  #watchMedia(call) {
    const peer = this.peer(call);
    let timer = 0;
    peer.addEventListener("connectionstatechange", () => {
      clearTimeout(timer);
      if (peer !== this.peer(call)) return;
      const wait_ms = { failed: 0, disconnected: DISCONNECTED_MS }[peer.connectionState];
      if (wait_ms === undefined) return;
      timer = setTimeout(() => {
        if (peer === this.peer(call) && this.agent.isConnected()) {
          this.agent.transport.disconnect().finally(() => this.#cut());
        }
      }, wait_ms);
    });
  }

  #silence(call) {
    call.session?.sessionDescriptionHandler?.enableSenderTracks(!call.muted && call.state !== "held");
  }

  #refer(call, uri) {
    const told = (status) => this.told.transfer(call, status);
    return call.session.refer(uri, {
      requestDelegate: { onReject: (response) => told(response.message.statusCode) },
      onNotify: (notification) => {
        notification.accept();
        const status = Number(/^SIP\/2\.0 (\d{3})/.exec(notification.request.body)?.[1] ?? 0);
        if (status) told(status);
      },
    });
  }
}
