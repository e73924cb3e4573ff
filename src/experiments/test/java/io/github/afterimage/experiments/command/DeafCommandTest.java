package io.github.afterimage.experiments.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.JavaCommand;
import io.github.afterimage.experiments.report.ExitCode;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A command that does not hear its interrupt, such as one in which ONNX Runtime simplifies a long network. */
class DeafCommandTest {
    /** The command. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            Interruption.interrupt(Thread.currentThread(), 1);
            System.out.println("ready");
            while (true) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void endsWhenTheTimeToStopIsOver() throws Exception {
        Process process = new ProcessBuilder(JavaCommand.of(List.of(), Program.class)).start();
        try {
            assertThat(process.inputReader().readLine()).isEqualTo("ready");
            process.destroy(); // SIGTERM
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isEqualTo(ExitCode.TERMINATED);
        } finally {
            process.destroyForcibly();
        }
    }
}
