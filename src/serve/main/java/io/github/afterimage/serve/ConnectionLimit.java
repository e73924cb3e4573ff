package io.github.afterimage.serve;

import com.sun.management.UnixOperatingSystemMXBean;
import io.github.afterimage.serve.grpc.GrpcEndpoint;
import java.lang.management.ManagementFactory;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A limit of the connections of HTTP and gRPC together. HTTP waits while there are so many. gRPC gets at most half of them, because its
 * connections keep theirs while they are idle, and HTTP answers health checks.
 *
 * <p>Threads: thread-safe.
 */
final class ConnectionLimit extends NetworkConnectionLimit implements GrpcEndpoint.Gate {
    /** Descriptors that remain for index files, logs and saves. */
    private static final long RESERVED = 64;
    /** Fewer than these are of no use. */
    private static final long LEAST = 16;

    private final int mostOfGrpc;
    private final Map<SelectableChannel, Runnable> ofGrpc = new HashMap<>(); // with their ends; guarded by this
    private final ServerConnector http;

    ConnectionLimit(int max, ServerConnector http) {
        super(max, http);
        this.http = http;
        mostOfGrpc = Math.max(1, max / 2);
    }

    /** Returns as many connections as wanted, or fewer, because each takes a descriptor of the process. */
    static int within(int wanted) {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return wanted;
        }
        long most = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - RESERVED;
        if (most >= wanted) {
            return wanted;
        }
        int fewer = (int) Math.min(wanted, Math.max(LEAST, most));
        System.getLogger(ConnectionLimit.class.getName())
                .log(
                        System.Logger.Level.WARNING,
                        "at most " + fewer + " connections in place of " + wanted + ", because the process may have "
                                + system.getMaxFileDescriptorCount() + " descriptors: raise ulimit -n");
        return fewer;
    }

    @Override
    public synchronized boolean enter(SelectableChannel channel, Runnable end) {
        if (ofGrpc.size() == mostOfGrpc
                || getNetworkConnectionCount() + getPendingNetworkConnectionCount() >= getMaxNetworkConnectionCount()) {
            return false;
        }
        ofGrpc.put(channel, end);
        onAccepting(channel); // counts as a connection that HTTP is about to have
        return true;
    }

    @Override
    public synchronized void leave(SelectableChannel channel) {
        ofGrpc.remove(channel);
        onAcceptFailed(channel, new ClosedChannelException());
    }

    /** Ends all connections, with the requests that run. */
    synchronized void closeAll() {
        http.getConnectedEndPoints().forEach(EndPoint::close);
        List.copyOf(ofGrpc.values()).forEach(Runnable::run);
    }
}
