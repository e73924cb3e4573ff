package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Java and native/cuda agree on constants, and nvcc reports no spilled registers. */
class KernelTest {
    private static final Path SOURCES = Path.of("native/cuda");
    private static final Path RESOURCES = Path.of("target/native/cuda/resources");
    /** sm_80, 86, 89, 90a, 100 and 120. */
    private static final int ARCHITECTURES = 6;

    @ParameterizedTest
    @EnumSource(Kernel.class)
    void takesWhatTheSourceSaysItTakes(Kernel kernel) throws Exception {
        Matcher declaration = Pattern.compile("KERNEL\\((\\d+), \\d+\\) " + kernel.symbol() + "\\((\\w+) a\\)")
                .matcher(sources());
        assertThat(declaration.find()).as("native/cuda has %s", kernel.symbol()).isTrue();
        assertThat(Integer.parseInt(declaration.group(1))).isEqualTo(kernel.threads);
        assertThat(Files.readString(SOURCES.resolve("arguments.h")))
                .contains("static_assert(sizeof(" + declaration.group(2) + ") == " + kernel.argumentBytes + ",");
    }

    private static String sources() throws Exception {
        StringBuilder all = new StringBuilder();
        try (var files = Files.list(SOURCES)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".cu")).toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    /** The container's layout is nvcc's own: a header of 16 bytes, and before each image its kind, sizes and architecture. */
    @Test
    void theFatbinHasCodeForEachArchitectureAndPtxForThoseThatCome() throws Exception {
        List<String> images = new ArrayList<>();
        try (InputStream in = CudaProvider.class.getResourceAsStream(CudaProvider.KERNELS)) {
            assumeTrue(in != null, "nvcc of CUDA 13 is missing: no kernels");
            ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(bytes.getInt(0)).isEqualTo(0xBA55ED50);
            for (long at = bytes.getShort(6); at < bytes.limit(); ) {
                int image = (int) at;
                images.add((bytes.getShort(image) == 1 ? "PTX " : "code ") + bytes.getInt(image + 28));
                at += bytes.getInt(image + 4) + bytes.getLong(image + 8);
            }
        }
        assertThat(images)
                .containsExactlyInAnyOrder(
                        "PTX 80", "code 80", "code 86", "code 89", "code 90", "code 100", "code 120");
    }

    @Test
    void noKernelSpillsRegistersOnAnyArchitecture() throws Exception {
        assumeTrue(Files.exists(RESOURCES), "nvcc of CUDA 13 is missing: no report of the kernels' resources");
        List<String> lines = Files.readAllLines(RESOURCES);
        List<String> kernels = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher entry = Pattern.compile("Compiling entry function '(\\w+)' for '(sm_\\w+)'")
                    .matcher(lines.get(i));
            if (entry.find()) {
                kernels.add(entry.group(1));
                String spills = lines.subList(i, lines.size()).stream()
                        .filter(line -> line.contains("spill stores"))
                        .findFirst()
                        .orElseThrow();
                assertThat(spills)
                        .as(entry.group(1) + " on " + entry.group(2))
                        .contains(" 0 bytes spill stores, 0 bytes spill loads");
            }
        }
        for (Kernel kernel : Kernel.values()) {
            assertThat(kernels.stream().filter(kernel.name().toLowerCase(Locale.ROOT)::equals))
                    .as("architectures of " + kernel)
                    .hasSize(ARCHITECTURES);
        }
    }
}
