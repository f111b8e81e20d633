/* Limits of the exchange: pjproject's defaults are those of a telephone (4 calls). */
#define PJSUA_MAX_CALLS          512
#define PJSUA_MAX_CONF_PORTS     2048
#define PJSUA_MAX_PLAYERS        512
#define PJSUA_MAX_RECORDERS      1024
#define PJSUA_MAX_ACC            64
#define PJ_IOQUEUE_MAX_HANDLES   4096
#define PJSIP_MAX_TSX_COUNT      8191
#define PJSIP_MAX_DIALOG_COUNT   8191
#define PJMEDIA_SRTP_HAS_DTLS    1
#define PJMEDIA_HAS_VIDEO        0
#define PJ_HAS_IPV6              1
/* Everything we speak to is one loopback hop away: a large INVITE stays on UDP. */
#define PJSIP_DONT_SWITCH_TO_TCP 1
