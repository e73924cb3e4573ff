package io.github.afterimage.serve;

import io.github.afterimage.serve.grpc.CallGuard;
import io.github.afterimage.serve.grpc.CallLog;
import io.github.afterimage.serve.grpc.GrpcEndpoint;
import io.github.afterimage.serve.grpc.InferenceService;
import io.github.afterimage.serve.http.MemoryPaths;
import io.github.afterimage.serve.http.Meters;
import io.github.afterimage.serve.http.PageFiles;
import io.github.afterimage.serve.http.Paths;
import io.github.afterimage.serve.http.ProtocolPaths;
import io.github.afterimage.serve.http.RequestBodies;
import io.github.afterimage.serve.models.Descriptions;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.Readiness;
import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.HeapBudget;
import io.github.afterimage.serve.work.ResponseTimeouts;
import io.grpc.InsecureServerCredentials;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/**
 * Serves models over HTTP, and over gRPC if it has a port for that, with the Open Inference Protocol, version 2. HTTP has JSON,
 * the binary tensor extension, metrics, and a page.
 *
 * <pre>{@code
 * CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), Path.of("cifar10.safetensors"));
 * Models models = new Models(List.of(new ServedClassifier("cifar10", model, new BatchOptions())));
 * try (InferenceServer server = new InferenceServer(models, new ServerOptions().port(0))) {
 *     System.out.println("http://localhost:" + server.port() + "/v2/models/cifar10");
 * }
 * }</pre>
 *
 * <p>Threads: thread-safe. Lifetime: serves from its creation until {@link #close}.
 */
public final class InferenceServer implements AutoCloseable {
    /** Requests that wait for a decoder hold their bodies; more are refused. */
    private static final int WAITING_BODIES = 256;

    private final Models models;
    private final ServerOptions options;
    private final Decoders decoders;
    private final HeapBudget budget;
    private final ResponseTimeouts responseTimeouts;
    private final Readiness readiness;
    private final Descriptions descriptions;
    private final Meters meters;
    private @Nullable TlsIdentity identity;
    private final HttpEndpoint http;
    private final @Nullable GrpcEndpoint grpc;

    /**
     * Starts the server and takes over the models, unless it throws.
     *
     * @throws IOException if an address cannot be listened on, or a file of the certificate cannot be used; names it
     */
    public InferenceServer(Models models, ServerOptions options) throws IOException {
        this.models = models;
        this.options = options;
        decoders = new Decoders(options.decoders, WAITING_BODIES, options.patience);
        budget = new HeapBudget(options.maxWork, options.maxAnswer, options.patience);
        readiness = new Readiness(models, decoders, budget);
        responseTimeouts = new ResponseTimeouts(options.idle, options.minRate, budget::isShort);
        descriptions = new Descriptions(version(), models);
        meters = new Meters(models);
        warnIfNobodyMayTeach();
        HttpEndpoint first = null;
        GrpcEndpoint second = null;
        try {
            identity = options.certificate.isPresent()
                    ? new TlsIdentity(options.certificate.get(), options.key.orElseThrow(), options.clients)
                    : null;
            Paths paths = paths();
            first = new HttpEndpoint(
                    options, identity, paths, meters.of(paths), responseTimeouts, readiness::isLeaving);
            second = options.grpcPort.isPresent() ? grpc(first.connections()) : null;
            if (identity != null) {
                identity.follow(options.certificateInterval, first.connections()::closeAll);
            }
            first.start(); // who is told that the server is ready finds both ports
        } catch (IOException | RuntimeException | Error e) {
            if (second != null) {
                second.close(Duration.ZERO);
            }
            if (first != null) {
                first.close();
            }
            release();
            throw e;
        }
        http = first;
        grpc = second;
    }

    private void warnIfNobodyMayTeach() {
        boolean open = options.token.isPresent() || options.isLoopback();
        if (!open
                && models.all().stream().anyMatch(model -> model.keys().fixed().isEmpty())) {
            log("nobody can add or remove keys, because other machines reach " + options.host
                    + " and the server has no token: start it with a token, or on 127.0.0.1");
        }
    }

    private Paths paths() {
        RequestBodies bodies = new RequestBodies(decoders, budget, options.maxBody);
        Paths paths = new Paths(models::named);
        new ProtocolPaths(descriptions, models, readiness, bodies).add(paths);
        new MemoryPaths(bodies).add(paths);
        meters.add(paths);
        PageFiles.add(paths);
        return paths;
    }

    private GrpcEndpoint grpc(ConnectionLimit connections) throws IOException {
        return new GrpcEndpoint(
                new InetSocketAddress(options.host, options.grpcPort.orElse(0)),
                connections,
                identity == null ? InsecureServerCredentials.create() : identity.grpc(),
                new InferenceService(descriptions, models, readiness, decoders, budget, responseTimeouts),
                List.of(
                        new CallLog(options.accessLog, options.trustsForwarded),
                        new CallGuard(
                                options.maxRate,
                                options.token.filter(token -> options.guardsReads),
                                options.trustsForwarded)),
                options.maxBody,
                options.idle);
    }

    private static String version() {
        String version = InferenceServer.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /** Returns the address of the page without a path, such as {@code http://127.0.0.1:8080}. */
    public String url() {
        return (identity == null ? "http" : "https") + "://" + options.address(port());
    }

    /** Returns the port that the server listens on. */
    public int port() {
        return http.port();
    }

    /** Returns the port that the server listens on for gRPC, if it does. */
    public OptionalInt grpcPort() {
        return grpc == null ? OptionalInt.empty() : OptionalInt.of(grpc.port());
    }

    private void release() {
        decoders.shutdownNow();
        responseTimeouts.close();
        meters.close();
        if (identity != null) {
            identity.close();
        }
    }

    /**
     * Says for a time that it is not ready, if the options set one. Then accepts no more connections, waits for running requests, saves the indexes whose changes are in a log only, and closes the models.
     * Waits and saves as long as the options say; a change that is not saved stays in the log of its index.
     */
    @Override
    public void close() {
        if (!options.lameDuck.isZero()) {
            readiness.leave();
            try {
                Thread.sleep(options.lameDuck.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // who asks twice does not want to wait
            }
        }
        long begin = NanoTime.now();
        if (grpc != null) {
            grpc.shutdown();
        }
        http.close();
        if (grpc != null) {
            grpc.close(Duration.ofNanos(
                    Math.max(0, NanoTime.until(begin + options.forRequests().toNanos()))));
        }
        release();
        save(begin + options.drain.toNanos());
        models.close();
    }

    /** Saves indexes whose changes are in a log only; those for which there is no time stay there. */
    private void save(long end) {
        Thread save = new Thread(
                () -> {
                    try {
                        models.save();
                    } catch (IOException | RuntimeException | Error e) {
                        log("changes stay in the log of their index, because the save has failed: " + e.getMessage());
                    }
                },
                "afterimage-save");
        save.start();
        try {
            save.join(Math.max(1, NanoTime.millisUntil(end)));
            save.interrupt(); // a save that is interrupted leaves the former file and its log
            save.join();
        } catch (InterruptedException e) {
            save.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private static void log(String message) {
        System.getLogger(InferenceServer.class.getName()).log(System.Logger.Level.WARNING, message);
    }

    @Override
    public String toString() {
        return "InferenceServer[" + http + "]";
    }
}
