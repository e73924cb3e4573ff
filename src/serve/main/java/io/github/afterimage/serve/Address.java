package io.github.afterimage.serve;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.OptionalInt;

/**
 * The address that a server listens on.
 *
 * <pre>{@code
 * Address address = new Address().port(8443).grpcPort(8444);
 * }</pre>
 *
 * @param host name or IP address of an interface of this machine; {@code 0.0.0.0} for all of them
 * @param port 0 for a free port
 * @param grpcPort port for gRPC, 0 for a free one; without it, the server does not speak gRPC
 */
public record Address(String host, int port, OptionalInt grpcPort) {
    private static final int DEFAULT_PORT = 8080;
    private static final int MAX_PORT = 65535;

    /** @throws IllegalArgumentException if a port is not in 0..65535, or the host is empty */
    public Address {
        if (host.isBlank()) {
            throw new IllegalArgumentException("the host is empty: expected a name or an IP address");
        }
        requirePort(port);
        grpcPort.ifPresent(Address::requirePort);
    }

    /** Makes the default address: port 8080 of this machine only, because a server that others may reach is a decision. */
    public Address() {
        this("127.0.0.1", DEFAULT_PORT, OptionalInt.empty());
    }

    /** Returns an address with another host. */
    public Address host(String value) {
        return new Address(value, port, grpcPort);
    }

    /** Returns an address with another port; 0 for a free one. */
    public Address port(int value) {
        return new Address(host, value, grpcPort);
    }

    /** Returns an address with a port for gRPC; 0 for a free one. */
    public Address grpcPort(int value) {
        return new Address(host, port, OptionalInt.of(value));
    }

    private static void requirePort(int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port " + port + ": expected 0 to " + MAX_PORT);
        }
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
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
