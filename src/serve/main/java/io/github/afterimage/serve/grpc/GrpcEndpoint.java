package io.github.afterimage.serve.grpc;

import com.google.common.collect.Lists;
import io.github.afterimage.serve.protocol.GzipInput;
import io.grpc.BindableService;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import java.util.zip.InflaterInputStream;

/**
 * Answers gRPC calls on a port.
 *
 * <p>Threads: thread-safe. Lifetime: answers from its creation until {@link #close}.
 */
public final class GrpcEndpoint {
    /** More calls of a connection wait, because each may hold a whole request in memory. */
    private static final int CALLS_OF_A_CONNECTION = 100;

    /** A connection that ends more calls in a second is closed; those of HTTP have the same limit by default. */
    private static final int RESETS_OF_A_CONNECTION = 128;

    /**
     * gRPC logs a stack trace for each message that is too long, each connection that speaks another protocol, and each stream that ends
     * before its answer is read.
     */
    private static final List<Logger> QUIET = Stream.of(
                    "NettyServerStream", "NettyServerTransport.connections", "NettyServerHandler")
            .map(name -> Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty." + name))
            .toList();

    static {
        QUIET.forEach(logger -> logger.setLevel(Level.SEVERE));
    }

    private static final String THREADS = "afterimage-grpc";

    private final Server server;
    private final InferenceService service;
    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
            0, new DefaultThreadFactory(THREADS, true), NioIoHandler.newFactory()); // 0 for two on each processor

    /**
     * Starts to listen.
     *
     * @param gate admits connections
     * @param credentials say whether connections are encrypted
     * @param interceptors see each call, in this order
     * @param maxMessage maximum bytes of a request; a greater one is refused with the code RESOURCE_EXHAUSTED
     * @param idle time after which a connection without calls is closed, and which its handshake may take
     * @throws IOException if the address cannot be listened on; names it
     */
    public GrpcEndpoint(
            InetSocketAddress address,
            Gate gate,
            ServerCredentials credentials,
            InferenceService service,
            List<ServerInterceptor> interceptors,
            int maxMessage,
            Duration idle)
            throws IOException {
        this.service = service;
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address, credentials)
                .channelFactory(() -> new GatedChannel(gate))
                .bossEventLoopGroup(threads)
                .workerEventLoopGroup(threads)
                .decompressorRegistry(DecompressorRegistry.getDefaultInstance()
                        .with(new Gzip(), true)
                        .with(new Deflate(), true))
                .directExecutor() // the service does not block
                .maxInboundMessageSize(maxMessage)
                .maxConcurrentCallsPerConnection(CALLS_OF_A_CONNECTION)
                .maxRstFramesPerWindow(RESETS_OF_A_CONNECTION, 1)
                .maxConnectionIdle(idle.toNanos(), TimeUnit.NANOSECONDS)
                .handshakeTimeout(idle.toNanos(), TimeUnit.NANOSECONDS)
                .addStreamTracerFactory(new Cancellation())
                .addServices(service.services())
                .addService(ProtoReflectionServiceV1.newInstance())
                .addService(olderReflection());
        Lists.reverse(interceptors).forEach(builder::intercept); // the one that is added last is the first
        server = builder.build();
        try {
            server.start();
        } catch (IOException e) {
            Future<?> unused = threads.shutdownGracefully();
            throw new IOException(
                    address.getHostString() + ":" + address.getPort() + " cannot be listened on: " + e.getMessage()
                            + "; choose another port or address",
                    e);
        }
    }

    /** Says whether another connection may be open. Thread-safe. */
    public interface Gate {
        /**
         * Takes a place, or returns false if there is none.
         *
         * @param end closes the connection
         */
        boolean enter(SelectableChannel channel, Runnable end);

        /** Gives back the place of a connection that is closed. */
        void leave(SelectableChannel channel);
    }

    /** Accepts the connections that a gate admits, and closes others at once. */
    private static final class GatedChannel extends NioServerSocketChannel {
        private final Gate gate;

        GatedChannel(Gate gate) {
            this.gate = gate;
        }

        @Override
        protected int doReadMessages(List<Object> accepted) throws IOException {
            SocketChannel channel = javaChannel().accept();
            if (channel == null) {
                return 0;
            }
            NioSocketChannel connection = new NioSocketChannel(this, channel);
            Runnable end = () -> connection.unsafe().close(connection.voidPromise()); // else its calls have 10 s more
            if (!gate.enter(channel, () -> connection.eventLoop().execute(end))) {
                channel.close();
                return 0;
            }
            ChannelFuture unused = connection.closeFuture().addListener(closed -> gate.leave(channel));
            accepted.add(connection);
            return 1;
        }
    }

    /** The version that tools from before 2023 know. */
    @SuppressWarnings("deprecation") // in favour of the version that others know
    private static BindableService olderReflection() {
        return ProtoReflectionService.newInstance();
    }

    /** The usual coding, in place of that of gRPC, which has a class of Java that many empty members break. */
    private static final class Gzip implements Decompressor {
        @Override
        public String getMessageEncoding() {
            return "gzip";
        }

        @Override
        public InputStream decompress(InputStream packed) throws IOException {
            return new GzipInput(packed);
        }
    }

    /** The other coding of the clients that compress. */
    private static final class Deflate implements Decompressor {
        @Override
        public String getMessageEncoding() {
            return "deflate";
        }

        @Override
        public InputStream decompress(InputStream packed) {
            return new InflaterInputStream(packed);
        }
    }

    /** Returns the port that it listens on. */
    public int port() {
        return server.getPort();
    }

    /** Refuses new calls; those that run go on. */
    public void shutdown() {
        server.shutdown();
        service.endWatches();
    }

    /**
     * Refuses new calls, waits for those that run, and ends those that take longer.
     *
     * @param drain time for those that run
     */
    public void close(Duration drain) {
        shutdown();
        try {
            if (!server.awaitTermination(drain.toNanos(), TimeUnit.NANOSECONDS)) {
                server.shutdownNow().awaitTermination();
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        Future<?> unused = threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @Override
    public String toString() {
        return "GrpcEndpoint[" + server.getPort() + "]";
    }
}
