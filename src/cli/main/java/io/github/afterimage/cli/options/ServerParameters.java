package io.github.afterimage.cli.options;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.serve.Address;
import io.github.afterimage.serve.Limits;
import io.github.afterimage.serve.ServerOptions;
import picocli.CommandLine.Option;

/** The address and the limits of a server. */
public final class ServerParameters {
    @Option(
            names = "--host",
            order = 30,
            paramLabel = "HOST",
            description =
                    "The address to listen on; 127.0.0.1 by default, which only this machine reaches. Whoever reaches the "
                            + "address may send requests.")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            order = 31,
            paramLabel = "PORT",
            description = "The port to listen on; 8080 by default; 0 for a free one.")
    private int port = new Address().port();

    @Option(
            names = "--max-body",
            order = 32,
            paramLabel = "BYTES",
            description = "Maximum bytes of a request; 64m by default.")
    private String maxBody = "64m";

    public String host() {
        return host;
    }

    public ServerOptions options() {
        int body = (int) Math.min(Integer.MAX_VALUE, MemoryUse.parse("--max-body", maxBody));
        return new ServerOptions().address(new Address(host, port)).limits(new Limits().maxBody(body));
    }
}
