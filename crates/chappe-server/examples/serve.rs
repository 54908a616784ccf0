//! A server on a port of the loopback interface until the process is ended:
//! `cargo run -p chappe-server --example serve -- 127.0.0.1:4430 server.pem`.
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use chappe_server::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut builder = Server::builder();
    if let Some(address) = arguments.next() {
        builder = builder.listen(address.parse()?);
    }
    if let Some(path) = arguments.next() {
        builder = builder.rsa_key_file(path);
    }
    let server = builder.spawn().await?;
    println!("listening on {}, data centre {}", server.address(), server.dc_id());
    println!("{}", server.public_key_pem());
    let mut seen = server.observations();
    while let Some(call) = seen.next().await {
        println!("{:?} {} {} bytes: {:?}", call.user_id, call.method, call.request_len, call.outcome);
    }
    Ok(())
}
