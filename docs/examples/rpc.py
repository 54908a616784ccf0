"""Asks PEER for a secret chat through `chappe rpc`, or waits to be asked: python3 rpc.py PHONE CODE NAME [PEER]
The server and the session come from the environment: CHAPPE_SERVER, CHAPPE_SERVER_KEY, CHAPPE_SESSION."""
import json, subprocess, sys

phone, code, name, *peer = sys.argv[1:]
chappe = subprocess.Popen(["chappe", "rpc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
unread = []

def read(wanted):  # the next answer or event of this name; others are kept for later
    while not (found := [message for message in unread if wanted in (message.get("id"), message.get("method"))]):
        unread.append(json.loads(chappe.stdout.readline()))
    unread.remove(found[0])
    return found[0]

def call(method, **params):
    print(json.dumps({"jsonrpc": "2.0", "id": method, "method": method, "params": params}), file=chappe.stdin, flush=True)
    answer = read(method)
    return answer["result"] if "result" in answer else sys.exit(answer["error"]["message"])

login = call("login.send_code", phone=phone)["phone_code_hash"]
print("logged in as", call("login.sign_in", phone_code_hash=login, code=code, first_name=name)["user"]["phone"], flush=True)
if peer:
    chat = call("secret.start", user=peer[0], wait=60)["chat"]
    call("secret.send_text", chat=chat, text=f"{name} greets from Python")
    print(read("event.message")["params"]["text"])
    call("secret.close", chat=chat)
else:
    chat = call("secret.accept", chat=read("event.requested")["params"]["chat"], wait=60)["chat"]
    call("secret.send_text", chat=chat, text=f"{name} has heard: {read('event.message')['params']['text']}")
    read("event.closed")
