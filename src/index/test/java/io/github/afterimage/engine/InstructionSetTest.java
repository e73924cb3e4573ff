package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.Engines;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The setting is read once, so each test asks a virtual machine of its own. */
class InstructionSetTest {
    @Test
    void thePropertyForcesAnInstructionSet() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());

        assertThat(engineWith("scalar")).startsWith("scalar").contains("own kernels, scalar instructions");
    }

    @Test
    void aNameThatThisProcessorDoesNotHaveIsWhyTheEngineCannotBeUsed() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());

        assertThat(engineWith("avx1024"))
                .contains(
                        "engine \"fused\" cannot be used here: -Dafterimage.instructions: instruction set \"avx1024\"")
                .contains("expected one that this processor runs: [scalar");
    }

    @Test
    void whatIsChosenByTheProgramTakesThePlaceOfTheProperty() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());

        assertThat(engineWith("avx1024", "scalar")).contains("own kernels, scalar instructions");
    }

    private static String engineWith(String instructions, String... chosen) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        JavaCommand.of(List.of("-Dafterimage.instructions=" + instructions), Asked.class, chosen))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /** Prints the engine, or why there is none. */
    static final class Asked {
        public static void main(String[] args) {
            try {
                for (String chosen : args) {
                    InstructionSet.use(chosen);
                }
                System.out.println(InstructionSet.current());
                System.out.println(Engines.named("fused").description());
            } catch (IllegalArgumentException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
