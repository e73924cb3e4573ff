package io.github.afterimage.serve;

import io.github.afterimage.serve.http.AccessLog;
import io.github.afterimage.serve.http.Arrivals;
import io.github.afterimage.serve.http.Guard;
import io.github.afterimage.serve.http.MemoryHandler;
import io.github.afterimage.serve.http.PageHandler;
import io.github.afterimage.serve.http.ProblemHandler;
import io.github.afterimage.serve.http.ProtocolHandler;
import io.github.afterimage.serve.http.RateLimit;
import io.github.afterimage.serve.http.RequestBodies;
import io.github.afterimage.serve.http.RequestIds;
import io.github.afterimage.serve.models.Models;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Serves models over HTTP with the Open Inference Protocol, version 2: JSON, and the binary tensor extension.
 *
 * <pre>{@code
 * CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), Path.of("cifar10.safetensors"));
 * Models models = new Models(List.of(new ServedClassifier("cifar10", model, new BatchOptions())));
 * try (InferenceServer server = new InferenceServer(models, new ServerOptions().port(0))) {
 *     System.out.println("http://localhost:" + server.port() + "/v2/models/cifar10");
 * }
 * }</pre>
 *
 * <p>Threads: thread-safe. Lifetime: serves from its creation until {@link #close}, which refuses new requests, waits for those
 * that run, and closes the models.
 */
public final class InferenceServer implements AutoCloseable {
    /** Requests that wait for a decoder hold their bodies; more are refused. */
    private static final int WAITING_BODIES = 256;
    /** A few threads suffice, because none of them waits. */
    private static final int MAX_THREADS = 32;

    private final Models models;
    private final ServerOptions options;
    private final Server server;
    private final ServerConnector connector;
    private final ThreadPoolExecutor decoders;

    /**
     * Starts the server and takes over the models, unless it throws.
     *
     * @throws IOException if the address cannot be listened on; names it
     */
    public InferenceServer(Models models, ServerOptions options) throws IOException {
        this.models = models;
        this.options = options;
        decoders = new ThreadPoolExecutor(
                options.decoders(),
                options.decoders(),
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING_BODIES),
                task -> {
                    Thread thread = new Thread(task, "afterimage-decoder");
                    thread.setDaemon(true);
                    return thread;
                });
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS);
        threads.setName("afterimage-http");
        threads.setDaemon(true);
        server = new Server(threads);
        connector = connector(server, options);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(options.limits().maxConnections(), connector));
        RequestBodies bodies = new RequestBodies(decoders, options.limits().maxBody());
        Handler paths = new Handler.Sequence(
                new MemoryHandler(models, bodies), new ProtocolHandler(version(), models, bodies), new PageHandler());
        server.setHandler(new GracefulHandler(new RequestIds(limited(guarded(paths)))));
        server.setErrorHandler(new ProblemHandler());
        if (options.accessLog()) {
            server.setRequestLog(AccessLog.create());
        }
        server.setStopTimeout(options.drain().toMillis());
        try {
            server.start();
        } catch (Exception e) {
            stop();
            throw new IOException(
                    options.address() + " cannot be listened on: " + e.getMessage()
                            + "; choose another port or address",
                    e);
        }
    }

    private static ServerConnector connector(Server server, ServerOptions options) throws IOException {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        HttpConnectionFactory clear = new HttpConnectionFactory(http);
        Optional<TlsFiles> tls = options.credentials().tls();
        ServerConnector connector = tls.isPresent()
                ? new ServerConnector(server, tls.get().read(), clear)
                : new ServerConnector(server, clear);
        connector.setHost(options.address().host());
        connector.setPort(options.address().port());
        connector.setIdleTimeout(options.limits().idle().toMillis());
        return connector;
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

    private static String version() {
        String version = InferenceServer.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /** Returns the port that the server listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    private void stop() {
        try {
            server.stop();
        } catch (Exception e) {
            System.getLogger(InferenceServer.class.getName())
                    .log(System.Logger.Level.WARNING, "the server did not stop in order", e);
        }
        decoders.shutdownNow();
    }

    /** Refuses new requests, waits for running ones as long as the options say, and closes the models. */
    @Override
    public void close() {
        stop();
        models.close();
    }

    @Override
    public String toString() {
        return "InferenceServer[" + server.getURI() + "]";
    }
}
