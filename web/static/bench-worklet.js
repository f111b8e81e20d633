/* The sound of a line in the browser's audio thread: between the line's rate and the browser's. */

const MOST_WAITING_S = 0.6;
const READY_S = 0.12;

/* Plays what is handed to it, by linear interpolation; what comes too late is left out. */
class LinePlayer extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.step = processorOptions.rate / sampleRate;
    this.rate = processorOptions.rate;
    this.waiting = [];
    this.at = 0;
    this.playing = false;
    this.port.onmessage = ({ data }) => {
      this.waiting.push(...data);
      const most = this.rate * MOST_WAITING_S;
      if (this.waiting.length > most) this.waiting.splice(0, this.waiting.length - most / 3);
    };
  }

  process(_inputs, [[out]]) {
    if (!this.playing && this.waiting.length < this.rate * READY_S) return true;
    this.playing = true;
    for (let n = 0; n < out.length; n += 1) {
      const left = Math.floor(this.at);
      if (left + 1 >= this.waiting.length) {
        this.playing = false;
        break;
      }
      const part = this.at - left;
      out[n] = this.waiting[left] * (1 - part) + this.waiting[left + 1] * part;
      this.at += this.step;
    }
    const used = Math.min(Math.floor(this.at), this.waiting.length);
    this.waiting.splice(0, used);
    this.at -= used;
    return true;
  }
}

/* Hands the microphone over in pieces at the line's rate; each sample is the mean of those it
   stands for, which keeps most of what a line does not carry out of it. */
class LineSpeaker extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.step = sampleRate / processorOptions.rate;
    this.chunk = new Int16Array(processorOptions.chunk);
    this.filled = 0;
    this.sum = 0;
    this.count = 0;
    this.due = this.step;
    this.seen = 0;
  }

  process([[input]]) {
    for (const sample of input ?? []) {
      this.sum += sample;
      this.count += 1;
      this.seen += 1;
      if (this.seen < this.due) continue;
      this.due += this.step;
      const mean = Math.max(-1, Math.min(1, this.sum / this.count));
      this.chunk[this.filled] = Math.round(mean * 32767);
      this.filled += 1;
      this.sum = this.count = 0;
      if (this.filled === this.chunk.length) {
        const whole = this.chunk;
        this.port.postMessage(whole);
        this.chunk = new Int16Array(whole.length);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("line-player", LinePlayer);
registerProcessor("line-speaker", LineSpeaker);
