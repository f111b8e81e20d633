/* SIP.js as far as phone.js uses it, under a test's orders: the way to the exchange is cut and mended,
   sessions are answered and ended, and everything that was sent is written down. */

export const sent = [];
export const agents = [];
export const sessions = [];
export const world = { isReachable: true, replacesStatus: 0 };

export const settle = async () => {
  for (let n = 0; n < 20; n++) await new Promise((go) => setImmediate(go));
};

class Emitter {
  constructor() {
    this.listeners = [];
  }
  addListener(listener) {
    this.listeners.push(listener);
  }
  emit(value) {
    for (const listener of this.listeners) listener(value);
  }
}

const SessionState = { Initial: "Initial", Established: "Established", Terminated: "Terminated" };
const RegistererState = { Registered: "Registered", Unregistered: "Unregistered" };

class Session {
  constructor() {
    this.state = SessionState.Initial;
    this.stateChange = new Emitter();
    this.dialog = { remoteTag: "r", localTag: "l" };
    this.sessionDescriptionHandler = {
      enableSenderTracks: (on) => (this.isHeard = on),
      sendDtmf: (digit) => sent.push(`key ${digit}`),
      peerConnection: new EventTarget(),
      localMediaStream: {},
      remoteMediaStream: {},
    };
    sessions.push(this);
  }
  become(state) {
    this.state = SessionState[state];
    this.stateChange.emit(this.state);
  }
  async bye() {
    sent.push("BYE");
    this.become("Terminated");
  }
  async dispose() {
    sent.push("dispose");
  }
  async refer(uri, { onNotify }) {
    sent.push(`REFER ${uri}`);
    this.notify = (status) => onNotify({ accept() {}, request: { body: `SIP/2.0 ${status} x` } });
  }
  async reject({ statusCode } = {}) {
    sent.push(`reject ${statusCode ?? 480}`);
    this.become("Terminated");
  }
}

let dialogs = 0;

class Inviter extends Session {
  constructor(agent, uri, options) {
    super();
    this.agent = agent;
    this.uri = uri;
    this.options = options;
    this.request = { callId: `dialog-${++dialogs}` };
  }
  async invite({ requestDelegate, sessionDescriptionHandlerOptions: media } = {}) {
    if (media) {
      sent.push(media.hold ? "hold" : "unhold");
      requestDelegate.onAccept();
      return;
    }
    const [header = ""] = this.options.extraHeaders ?? [];
    sent.push(`INVITE ${this.uri} ${header}`.trim());
    this.delegate = requestDelegate;
  }
  async cancel() {
    sent.push("CANCEL");
    this.become("Terminated");
  }
}

export class Invitation extends Session {
  constructor(user, callId) {
    super();
    this.remoteIdentity = { uri: { user }, displayName: "" };
    this.request = { callId };
  }
  async progress() {
    sent.push("180");
  }
  async accept() {
    sent.push("200");
    this.become("Established");
  }
  invite(...options) {
    return Inviter.prototype.invite.apply(this, options);
  }
}

class UserAgent {
  constructor(options) {
    this.configuration = { ...options };
    this.connected = false;
    this.transport = {
      disconnect: async () => {
        this.connected = false;
      },
    };
    agents.push(this);
  }
  isConnected() {
    return this.connected;
  }
  async start() {
    await this.reconnect();
  }
  async reconnect() {
    if (!world.isReachable) throw new Error("unreachable");
    this.connected = true;
  }
  cut() {
    this.connected = false;
    this.configuration.delegate.onDisconnect(new Error("cut"));
  }
}

class Registerer {
  constructor(agent) {
    this.agent = agent;
    this.stateChange = new Emitter();
  }
  async register({ requestDelegate }) {
    sent.push(`REGISTER as ${this.agent.configuration.authorizationUsername}`);
    requestDelegate.onAccept();
  }
}

class URI {
  constructor(scheme, user, host, _port, _parameters, headers) {
    Object.assign(this, { scheme, user, host, headers });
  }
  toString() {
    const replaces = this.headers?.Replaces?.[0];
    return `${this.scheme}:${this.user}@${this.host}${replaces ? `?Replaces=${replaces}` : ""}`;
  }
}

export const sip = {
  UserAgent,
  Registerer,
  Inviter,
  URI,
  SessionState,
  RegistererState,
  Web: {
    defaultSessionDescriptionHandlerFactory: () => () => ({
      getDescription: async () => ({ body: world.description, contentType: "application/sdp" }),
    }),
  },
};
