package io.github.afterimage.serve;

import io.github.afterimage.serve.http.AccessLog;
import io.github.afterimage.serve.http.Arrivals;
import io.github.afterimage.serve.http.Guard;
import io.github.afterimage.serve.http.ProblemHandler;
import io.github.afterimage.serve.http.RateLimit;
import io.github.afterimage.serve.http.RequestIds;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Answers HTTP requests on a port, within the limits and with the guard that the options set.
 *
 * <p>Threads: thread-safe. Lifetime: answers from its creation until {@link #close}.
 */
final class HttpEndpoint implements AutoCloseable {
    /** A few threads suffice, because none of them waits. */
    private static final int MAX_THREADS = 32;

    /** When all connections are taken, those without traffic give up their places after this time. */
    private static final long FULL_IDLE_MILLIS = 1_000;

    private final ServerOptions options;
    private final Server server;
    private final ServerConnector connector;
    private final Places places;

    /**
     * Starts to listen.
     *
     * @param paths answers the requests that pass the guard
     * @param meters sees every request that has ended
     * @throws IOException if the address cannot be listened on, or a file of the certificate cannot be used; names it
     */
    HttpEndpoint(ServerOptions options, Handler paths, RequestLog meters) throws IOException {
        this.options = options;
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS);
        threads.setName("afterimage-http");
        threads.setDaemon(true);
        server = new Server(threads);
        connector = connector();
        server.addConnector(connector);
        places = new Places(Places.within(options.limits().maxConnections()), connector);
        places.setEndPointIdleTimeout(FULL_IDLE_MILLIS);
        server.addBean(places);
        server.setHandler(new GracefulHandler(new RequestIds(limited(guarded(paths)))));
        server.setErrorHandler(new ProblemHandler());
        server.setRequestLog(options.accessLog() ? new RequestLog.Collection(meters, AccessLog.create()) : meters);
        server.setStopTimeout(options.drain().toMillis());
        try {
            server.start();
        } catch (Exception e) {
            close();
            throw new IOException(
                    options.address() + " cannot be listened on: " + e.getMessage()
                            + "; choose another port or address",
                    e);
        }
    }

    private ServerConnector connector() throws IOException {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        HttpConnectionFactory clear = new HttpConnectionFactory(http);
        Optional<TlsFiles> tls = options.credentials().tls();
        ServerConnector made = tls.isPresent()
                ? new ServerConnector(server, tls.get().read(), clear)
                : new ServerConnector(server, clear);
        made.setHost(options.address().host());
        made.setPort(options.address().port());
        made.setIdleTimeout(options.limits().idle().toMillis());
        return made;
    }

    private Handler guarded(Handler handler) {
        Address address = options.address();
        return new Guard(handler, options.credentials().token(), address.host(), address.isLoopback());
    }

    /** Limits come before the guard, so that guesses of the token are limited too. */
    private Handler limited(Handler handler) {
        Limits limits = options.limits();
        Arrivals arrivals = new Arrivals(handler, limits.idle(), limits.minRate());
        connector.addBean(arrivals, false);
        return limits.maxRate() == 0 ? arrivals : RateLimit.of(arrivals, limits.maxRate());
    }

    /** Returns the places for connections, which gRPC shares. */
    Places places() {
        return places;
    }

    /** Returns the port that it listens on. */
    int port() {
        return connector.getLocalPort();
    }

    /** Refuses new requests, waits for those that run as long as the options say, and ends those that take longer. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            System.getLogger(HttpEndpoint.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            e instanceof TimeoutException
                                    ? "requests were cut off, because they took longer than the time for them at the end, "
                                            + options.drain().toMillis() + " ms"
                                    : "the server did not stop in order: " + e);
        }
    }

    @Override
    public String toString() {
        return "HttpEndpoint[" + server.getURI() + "]";
    }
}
