package io.github.afterimage.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.JavaCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the files that a process with a network reads and writes, and the conditions that it survives. */
class NetworkProcessTest {
    @TempDir
    Path folder;

    private Path home;
    private Path model;

    /** Opens a network. */
    static final class Opening {
        public static void main(String[] arguments) throws IOException {
            Network.open(Path.of(arguments[0]), List.of()).close();
            System.out.println("opened");
        }
    }

    @BeforeEach
    void writeModel() throws IOException {
        home = Files.createDirectory(folder.resolve("home"));
        model = SmallModel.classifier(0, 2, 2).output("logits").write(folder.resolve("m.onnx"));
    }

    /** Opens the model in a process with this prefix and with the folder as its home; returns the output of the process. */
    private String open(List<String> prefix, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(
                "-Duser.home=" + home,
                "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("libraries"),
                "-XX:-UsePerfData"));
        all.addAll(List.of(options));
        List<String> command = new ArrayList<>(prefix);
        command.addAll(JavaCommand.of(all, Opening.class, model.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("HOME", home.toString());
        builder.environment().keySet().removeIf(name -> name.startsWith("XDG_") || name.startsWith("ORT_"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void aNetworkOpensWhereTheCommandLineHas100Kilobytes() throws Exception {
        assertThat(open(List.of(), "-Dlong=" + "x".repeat(100_000))).contains("opened");
    }

    @Test
    void openingANetworkLeavesNothingInTheHomeFolder() throws Exception {
        assertThat(open(List.of())).contains("opened");
        try (Stream<Path> files = Files.list(home)) {
            assertThat(files.toList()).isEmpty();
        }
    }

    @Test
    void openingANetworkIdentifiesNoMachineAndLooksUpNoHost() throws Exception {
        Path calls = folder.resolve("calls");
        assumeTrue(traces(calls), "strace is missing, or may not trace here");
        assertThat(open(List.of("strace", "-f", "-o", calls.toString(), "-e", "trace=open,openat,connect,sendto")))
                .contains("opened");
        assertThat(Files.readAllLines(calls))
                .anyMatch(call -> call.contains("libonnxruntime"))
                .noneMatch(call -> call.matches(".*(/etc/machine-id|/proc/self/cmdline|/resolv[.]conf|Microsoft).*"))
                .noneMatch(call -> call.matches(".*connect[(].*AF_INET.*"));
    }

    private static boolean traces(Path file) throws InterruptedException {
        try {
            return new ProcessBuilder("strace", "-f", "-o", file.toString(), "true")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false; // not installed
        }
    }
}
