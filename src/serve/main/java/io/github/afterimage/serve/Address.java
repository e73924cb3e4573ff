package io.github.afterimage.serve;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The address that a server listens on.
 *
 * @param host name or IP address of an interface of this machine; {@code 0.0.0.0} for all of them
 * @param port 0 for a free port
 */
public record Address(String host, int port) {
    private static final int DEFAULT_PORT = 8080;
    private static final int MAX_PORT = 65535;

    /** @throws IllegalArgumentException if the port is not in 0..65535, or the host is empty */
    public Address {
        if (host.isBlank()) {
            throw new IllegalArgumentException("the host is empty: expected a name or an IP address");
        }
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port " + port + ": expected 0 to " + MAX_PORT);
        }
    }

    /** Makes the default address: port 8080 of this machine only, because a server that others may reach is a decision. */
    public Address() {
        this("127.0.0.1", DEFAULT_PORT);
    }

    /** Returns true if only this machine reaches the address. */
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
