"""Holds a secret chat through `chappe rpc`. Asks PEER for one, or waits to be asked and repeats what is said.

usage: python3 rpc.py PHONE CODE NAME [PEER]      server and session come from the environment: CHAPPE_SERVER, ...
"""
import json, subprocess, sys

phone, code, name, *peer = sys.argv[1:]
chappe = subprocess.Popen(["chappe", "rpc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
events, count = [], 0

def read(wanted):
    while message := json.loads(chappe.stdout.readline() or '{"method": "end"}'):
        if wanted(message):
            return message
        assert message.get("method") != "end", "chappe has ended"
        events.append(message)

def call(method, **params):
    global count
    count += 1
    print(json.dumps({"jsonrpc": "2.0", "id": count, "method": method, "params": params}), file=chappe.stdin, flush=True)
    answer = read(lambda message: message.get("id") == count)
    return answer["result"] if "error" not in answer else sys.exit(answer["error"]["message"])

def event(kind):
    found = next((e for e in events if e["method"] == kind), None)
    return (events.remove(found) or found if found else read(lambda e: e.get("method") == kind))["params"]

login = call("login.send_code", phone=phone)["phone_code_hash"]
if call("login.sign_in", phone_code_hash=login, code=code)["state"] == "sign_up_required":
    call("login.sign_up", phone_code_hash=login, first_name=name)
print("logged in", flush=True)
if peer:
    chat = call("secret.start", user=peer[0], wait=60)["chat"]
    call("secret.send_text", chat=chat, text=f"{name} greets from Python")
    print(event("event.message")["text"])
    call("secret.close", chat=chat)
else:
    chat = call("secret.accept", chat=event("event.requested")["chat"], wait=60)["chat"]
    heard = event("event.message")["text"]
    call("secret.send_text", chat=chat, text=f"{name} has heard: {heard}")
    event("event.closed")
chappe.stdin.close()
sys.exit(chappe.wait())
