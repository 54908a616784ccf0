//! Stock grammers. Argument: the server's JSON line. See `lines.py` for the conversation.

mod account;

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use account::Account;

type Result<T = Value> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn tell(line: Value) {
    println!("{line}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let server: Value =
        serde_json::from_str(&std::env::args().nth(1).ok_or("the server's JSON line is missing")?)?;
    let (sender, mut commands) = mpsc::unbounded_channel::<Value>();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(std::result::Result::ok) {
            if serde_json::from_str(&line).is_ok_and(|command| sender.send(command).is_ok()) {
                continue;
            }
            break;
        }
        std::process::exit(0);
    });
    let mut accounts: HashMap<String, Arc<Account>> = HashMap::new();
    while let Some(command) = commands.recv().await {
        let name = command["as"].as_str().unwrap_or_default().to_owned();
        let account = match accounts.get(&name) {
            Some(account) => Arc::clone(account),
            None => {
                let account = Arc::new(Account::new(&name, &server, &command).await?);
                accounts.insert(name, Arc::clone(&account));
                account
            }
        };
        tokio::spawn(async move {
            let id = &command["id"];
            match account.run(&command).await {
                Ok(value) => tell(json!({ "id": id, "ok": value })),
                Err(error) => match error.downcast_ref::<account::Cannot>() {
                    Some(why) => tell(json!({ "id": id, "cannot": why.0 })),
                    None => tell(json!({ "id": id, "failed": error.to_string() })),
                },
            }
        });
    }
    Ok(())
}
