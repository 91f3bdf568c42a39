// ts-mls as a peer for tests/interop: one JSON request a line on stdin, one JSON reply a line on stdout, bytes as hex.
// `node peer.mjs [name of a ciphersuite]`

import { createInterface } from "node:readline"
import { p256, p384 } from "@noble/curves/nist.js"
import {
  acceptAll,
  bytesToBase64,
  ciphersuites,
  createApplicationMessage,
  createCommit,
  createGroup,
  createProposal,
  decodeMlsMessage,
  defaultCapabilities,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  joinGroupExternal,
  makePskIndex,
  mlsExporter,
  nobleCryptoProvider,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls"

const hex = (bytes) => Buffer.from(bytes).toString("hex")
const unhex = (text) => Uint8Array.from(Buffer.from(text, "hex"))
const decode = (text) => {
  const found = decodeMlsMessage(unhex(text), 0)
  if (found === undefined) throw new Error("not an MLSMessage")
  return found[0]
}
const encode = (content) => hex(encodeMlsMessage({ version: "mls10", ...content }))

const plain = await getCiphersuiteImpl(
  getCiphersuiteFromName(process.argv[2] ?? "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"),
  nobleCryptoProvider,
)
// ts-mls 1.6.4 writes ECDSA public keys compressed; RFC 9420 section 5.1.1 wants the whole point.
const curve = { 2: p256, 7: p384 }[ciphersuites[plain.name]]
const suite = curve === undefined ? plain : { ...plain, signature: { ...plain.signature, keygen: wholePoint } }

async function wholePoint() {
  const signKey = curve.utils.randomSecretKey()
  return { signKey, publicKey: curve.getPublicKey(signKey, false) }
}

let keys
let state
const externalPsks = {}

const psks = () => (state === undefined ? emptyPskIndex : makePskIndex(state, externalPsks))

async function freshKeys(name) {
  const now = BigInt(Math.floor(Date.now() / 1000))
  keys = await generateKeyPackage(
    { credentialType: "basic", identity: new TextEncoder().encode(name) },
    defaultCapabilities(),
    { notBefore: now - 3600n, notAfter: now + 86400n },
    [],
    suite,
  )
}

async function commit(extraProposals, isPublic) {
  const made = await createCommit(
    { state, cipherSuite: suite, pskIndex: psks() },
    { extraProposals, wireAsPublicMessage: isPublic, ratchetTreeExtension: true },
  )
  state = made.newState
  const welcome = made.welcome && encode({ wireformat: "mls_welcome", welcome: made.welcome })
  return { commit: hex(encodeMlsMessage(made.commit)), welcome: welcome ?? null }
}

async function propose(proposal, isPublic) {
  const made = await createProposal(state, isPublic, proposal, suite)
  state = made.newState
  return { message: hex(encodeMlsMessage(made.message)) }
}

const operations = {
  async key_package({ name }) {
    await freshKeys(name)
    return { message: encode({ wireformat: "mls_key_package", keyPackage: keys.publicPackage }) }
  },
  async create({ name, group_id }) {
    await freshKeys(name)
    state = await createGroup(unhex(group_id), keys.publicPackage, keys.privatePackage, [], suite)
    return {}
  },
  async join({ welcome }) {
    const { welcome: body } = decode(welcome)
    const index = makePskIndex(undefined, externalPsks)
    state = await joinGroup(body, keys.publicPackage, keys.privatePackage, index, suite)
    return {}
  },
  async psk({ id, key }) {
    externalPsks[bytesToBase64(unhex(id))] = unhex(key)
    return {}
  },
  async add({ key_package, public: isPublic }) {
    const { keyPackage } = decode(key_package)
    return commit([{ proposalType: "add", add: { keyPackage } }], isPublic)
  },
  async update({ public: isPublic }) {
    return commit([], isPublic)
  },
  async remove({ leaf, public: isPublic }) {
    return commit([{ proposalType: "remove", remove: { removed: leaf } }], isPublic)
  },
  async commit_psk({ id, nonce, public: isPublic }) {
    const preSharedKeyId = { psktype: "external", pskId: unhex(id), pskNonce: unhex(nonce) }
    return commit([{ proposalType: "psk", psk: { preSharedKeyId } }], isPublic)
  },
  async propose_remove({ leaf, public: isPublic }) {
    return propose({ proposalType: "remove", remove: { removed: leaf } }, isPublic)
  },
  async propose_add({ key_package, public: isPublic }) {
    const { keyPackage } = decode(key_package)
    return propose({ proposalType: "add", add: { keyPackage } }, isPublic)
  },
  async external_join({ name, group_info, again }) {
    if (!again) await freshKeys(name) // again: replaces the leaf that we have, with the same signature key
    const { groupInfo } = decode(group_info)
    const made = await joinGroupExternal(groupInfo, keys.publicPackage, keys.privatePackage, again ?? false, suite)
    state = made.newState
    return { commit: encode({ wireformat: "mls_public_message", publicMessage: made.publicMessage }) }
  },
  async send({ text }) {
    const made = await createApplicationMessage(state, unhex(text), suite)
    state = made.newState
    return { message: encode({ wireformat: "mls_private_message", privateMessage: made.privateMessage }) }
  },
  async receive({ message }) {
    const body = decode(message) // ts-mls 1.6.4's processMessage forgets the keys for private messages
    const result =
      body.wireformat === "mls_public_message"
        ? await processPublicMessage(state, body.publicMessage, psks(), suite, acceptAll)
        : await processPrivateMessage(state, body.privateMessage, psks(), suite, acceptAll)
    state = result.newState
    if (result.kind === "applicationMessage") return { kind: "application", text: hex(result.message) }
    return { kind: "handshake" }
  },
  async export({ label, context, length }) {
    const secret = state.keySchedule.exporterSecret
    return { secret: hex(await mlsExporter(secret, label, unhex(context), length, suite)) }
  },
  async authenticator() {
    return { secret: hex(state.keySchedule.epochAuthenticator) }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, ...parameters } = JSON.parse(line)
  let reply
  try {
    reply = { ok: await operations[operation](parameters) }
  } catch (error) {
    reply = { error: String(error) }
  }
  process.stdout.write(JSON.stringify(reply) + "\n")
}
