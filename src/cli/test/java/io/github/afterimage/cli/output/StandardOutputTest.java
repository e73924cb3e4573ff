package io.github.afterimage.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.JavaCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class StandardOutputTest {
    /** Writes until it fails. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) {
            StandardOutput out = new StandardOutput();
            try {
                while (true) {
                    out.write(new byte[1 << 12]);
                }
            } catch (IOException e) {
                System.err.println("loss: " + out.loss());
            }
        }
    }

    /** Returns what a writer prints on standard error, with its standard output to a place that the shell opens. */
    private static String lossTo(String redirection) throws IOException {
        List<String> command = new ArrayList<>(List.of("bash", "-c", "\"$@\" " + redirection, "bash"));
        command.addAll(JavaCommand.of(List.of(), Writer.class));
        Process process = new ProcessBuilder(command).start();
        process.getInputStream().close();
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void aPipeWhoseReaderLeftHasLostNothing() throws Exception {
        assertThat(lossTo("")).contains("loss: null");
    }

    @Test
    void aSocketWhoseReaderLeftHasLostNothing() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread reader = new Thread(() -> {
                try (Socket client = server.accept()) {
                    client.setSoLinger(true, 0); // resets the connection
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            reader.start();
            assertThat(lossTo("> /dev/tcp/127.0.0.1/" + server.getLocalPort())).contains("loss: null");
            reader.join();
        }
    }

    @Test
    void aFullDiskHasLostSomething() throws Exception {
        assertThat(lossTo("> /dev/full")).contains("loss: standard output cannot be written: ");
    }
}
