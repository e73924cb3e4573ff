package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.JavaCommand;
import io.github.afterimage.serve.http.Paths;
import io.github.afterimage.serve.work.ResponseTimeouts;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Connections that are open at once, to a server in a process of its own. {@code -Dafterimage.connections=10000} opens more;
 * {@code tools/faults.sh} does so. Each takes a file descriptor in both processes.
 */
@Tag("long")
@Timeout(600)
class ManyConnectionsTest {
    private static final int CONNECTIONS = Integer.getInteger("afterimage.connections", 300);
    private static final String LIVE = "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /** The process of the server: prints its port and serves until its input ends. */
    static final class Served {
        private Served() {}

        public static void main(String[] arguments) throws IOException {
            ServerOptions options =
                    new ServerOptions().maxConnections(CONNECTIONS + 100).idle(Duration.ofMinutes(10));
            try (RunningServer server = new RunningServer(options)) {
                System.out.println(server.port());
                System.in.read();
            }
        }
    }

    @Test
    void connectionsThatAreOpenAtOnceAreAllAnswered() throws Exception {
        Process process = new ProcessBuilder(JavaCommand.of(
                        List.of(
                                "-Xmx512m",
                                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                                "-Dafterimage.connections=" + CONNECTIONS),
                        Served.class))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<RawConnection> open = new ArrayList<>();
        try (BufferedReader out = process.inputReader()) {
            int port = Integer.parseInt(out.readLine());
            ask(port, open, 1);
            long before = residentBytes(process);
            long start = System.nanoTime();
            ask(port, open, CONNECTIONS);
            for (RawConnection connection : open) {
                assertThat(connection.send(LIVE).read().status()).isEqualTo(200);
            }
            System.out.printf(
                    "%d connections at once, two requests on each: %.1f s, %.1f MB more memory in the server%n",
                    open.size(), (System.nanoTime() - start) / 1e9, (residentBytes(process) - before) / 1e6);
            for (RawConnection connection : open) {
                connection.close();
            }
            process.getOutputStream().close();
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static void ask(int port, List<RawConnection> open, int count) throws IOException {
        while (open.size() < count) {
            RawConnection connection = new RawConnection(port);
            open.add(connection);
            assertThat(connection.send(LIVE).read().status()).isEqualTo(200);
        }
    }

    private static long residentBytes(Process process) throws IOException {
        String status = Files.readString(Path.of("/proc/" + process.pid() + "/status"));
        return Long.parseLong(status.replaceAll("(?s).*VmRSS:\\s+([0-9]+) kB.*", "$1")) * 1024;
    }

    @Test
    void idleConnectionsOfGrpcLeavePlacesForHttp() throws Exception {
        ServerOptions options = new ServerOptions().maxConnections(10).idle(Duration.ofMinutes(10));
        try (RunningServer server = new RunningServer(options.grpcPort(0))) {
            List<Socket> idle = new ArrayList<>();
            int closed = 0;
            for (int i = 0; i < 20; i++) {
                Socket socket = new Socket("localhost", server.grpcPort());
                idle.add(socket);
                closed += socket.getInputStream().read() < 0 ? 1 : 0; // gRPC sends its settings first
            }
            assertThat(closed).as("half of the places are for gRPC").isEqualTo(15);
            List<RawConnection> open = new ArrayList<>();
            ask(server.port(), open, 5);
            for (RawConnection connection : open) {
                connection.close();
            }
            for (Socket socket : idle) {
                socket.close();
            }
            int places = 0;
            while (places == 0) { // the server sees that connections are closed a moment later
                try (Socket socket = new Socket("localhost", server.grpcPort())) {
                    places += socket.getInputStream().read() < 0 ? 0 : 1;
                }
            }
        }
    }

    @Test
    void aBurstOfConnectionsWaitsForTheServer() throws Exception {
        ResponseTimeouts responseTimeouts = new ResponseTimeouts(Duration.ofMinutes(1), 1, () -> false);
        List<Socket> burst = new ArrayList<>();
        try (HttpEndpoint endpoint = new HttpEndpoint(
                new ServerOptions().port(0),
                null,
                new Paths(name -> null),
                (asked, answer) -> {},
                responseTimeouts,
                () -> false)) {
            for (int i = 0; i < 200; i++) { // before it accepts any
                burst.add(new Socket());
                burst.get(i).connect(new InetSocketAddress("127.0.0.1", endpoint.port()), 5_000);
            }
        } finally {
            responseTimeouts.close();
            for (Socket socket : burst) {
                socket.close();
            }
        }
    }

    @Test
    void thereAreNoMorePlacesThanDescriptors() {
        assertThat(ConnectionLimit.within(5)).isEqualTo(5);
        assertThat(ConnectionLimit.within(Integer.MAX_VALUE)).isLessThan(Integer.MAX_VALUE);
    }

    @Test
    void connectionsBeyondTheLimitGetThePlacesOfIdleOnes() throws Exception {
        ServerOptions options = new ServerOptions().maxConnections(5).idle(Duration.ofMinutes(10));
        try (RunningServer server = new RunningServer(options)) {
            List<RawConnection> open = new ArrayList<>();
            ask(server.port(), open, 5);
            try (RawConnection waiting = new RawConnection(server.port())) {
                assertThat(waiting.send(LIVE).read().status()).isEqualTo(200);
            }
            for (RawConnection connection : open) {
                connection.close();
            }
        }
    }
}
