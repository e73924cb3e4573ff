package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Engines;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.FeatureSet;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files go to and come from NumPy and safetensors, in Python. */
class ExchangeTest {
    private static final List<String> INTERPRETERS = List.of("/usr/bin/python3", "python3");
    /** Those that have a module. */
    private static final Map<String, String> INTERPRETER = new HashMap<>();
    // Of no unit norm, with labels that are not in order.
    private static final String FEATURES = """
            import sys, numpy as np
            folder = sys.argv[1] + "/"
            random = np.random.default_rng(3)
            features = random.standard_normal((50, 6)).astype("f4") * 7
            labels = random.integers(0, 4, 50); labels[0] = 3
            unit = features / np.linalg.norm(features, axis=1, keepdims=True)
            def same(found, found_labels, ids=None):
                assert found.dtype == np.float32 and np.abs(found - unit).max() < 1e-6, found
                assert (found_labels == labels).all(), found_labels
                assert ids is None or (ids == np.arange(50)).all(), ids
            """;

    @TempDir
    private Path folder;

    private Run python(String interpreter, String code) throws IOException {
        Process process = new ProcessBuilder(
                        interpreter, "-c", FEATURES.stripIndent() + code.stripIndent(), folder.toString())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Run(process.waitFor(), out, "", List.of());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Runs a program with the first interpreter that has a module, or skips the test where none has. */
    private void run(String module, String code) throws IOException {
        String known = INTERPRETER.get(module);
        List<String> reasons = new ArrayList<>();
        for (String interpreter : known == null ? INTERPRETERS : List.of(known)) {
            try {
                Run imported = known == null ? python(interpreter, "import " + module) : null;
                if (imported == null || imported.exitCode() == 0) {
                    INTERPRETER.put(module, interpreter);
                    Run run = python(interpreter, code);
                    assertThat(run.exitCode()).as(run.out()).isZero();
                    return;
                }
                reasons.add(interpreter + " cannot import " + module + ": " + imported.out());
            } catch (IOException e) {
                reasons.add(interpreter + " does not start: " + e.getMessage());
            }
        }
        assumeTrue(false, String.join("; ", reasons));
    }

    private Path build(String file) {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data features:%s --out %s", folder.resolve(file), index);
        return index;
    }

    private void assertIsTheSame(Path index) throws IOException {
        Run.done("export %s --out %s", index, folder.resolve("out.npz"));
        run("numpy", "out = np.load(folder + 'out.npz'); same(out['features'], out['labels'], out['ids'])");
    }

    @Test
    void arraysOfAnArchiveAreNotPacked() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data %s --out %s", Clusters.write(folder.resolve("in.npz"), 30, 1), index);
        Run.done("export %s --out %s", index, folder.resolve("out.npz"));
        try (ZipFile archive = new ZipFile(folder.resolve("out.npz").toFile())) {
            assertThat(archive.stream()).hasSize(3).allSatisfy(entry -> assertThat(entry.getMethod())
                    .isEqualTo(ZipEntry.STORED));
            assertThat(archive.getEntry("features.npy").getSize()).isEqualTo(128 + 30 * Clusters.DIM * Float.BYTES);
        }
        Path again = folder.resolve("again.safetensors");
        Run.done("build --data features:%s --out %s", folder.resolve("out.npz"), again);
        Run.reported("info %s", again).containsEntry("keys", 30);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "np.savez(folder + 'in.npz', features=features, labels=labels)",
                "np.savez_compressed(folder + 'in.npz', keys=features, labels=labels.astype('u1'))",
                "np.savez(folder + 'in.npz', features=features.astype('f8'), labels=labels.astype('>i4'))"
            })
    void npzFilesComeIn(String save) throws IOException {
        run("numpy", save);
        assertIsTheSame(build("in.npz"));
    }

    @Test
    void aNpyFileComesInWithLabelsBesideIt() throws IOException {
        run("numpy", "np.save(folder + 'in.npy', features); np.save(folder + 'in.labels.npy', labels)");
        assertIsTheSame(build("in.npy"));
        Files.delete(folder.resolve("in.labels.npy"));
        Run.failed(ExitCode.CORRUPT, "build --data features:%s --out %s", folder.resolve("in.npy"), folder.resolve("x"))
                .contains("no array \"labels\"")
                .contains("in.labels.npy");
    }

    @Test
    void aSafetensorsFileComesIn() throws IOException {
        run(
                "safetensors.numpy",
                "from safetensors.numpy import save_file\n"
                        + "save_file({'keys': features, 'labels': labels, 'other': labels}, folder + 'in.safetensors')");
        assertIsTheSame(build("in.safetensors"));
    }

    private Path exported(String name) throws IOException {
        run("numpy", "np.savez(folder + 'in.npz', features=features, labels=labels)");
        Path out = folder.resolve(name);
        Run.done("export %s --out %s", build("in.npz"), out);
        return out;
    }

    @Test
    void anIndexGoesOutToNumpy() throws IOException {
        exported("out.npy");
        run(
                "numpy",
                "same(np.load(folder + 'out.npy'), np.load(folder + 'out.labels.npy'), np.load(folder + 'out.ids.npy'))");
    }

    @Test
    void anIndexGoesOutToSafetensors() throws IOException {
        exported("out.safetensors");
        run(
                "safetensors.numpy",
                "from safetensors.numpy import load_file\n"
                        + "out = load_file(folder + 'out.safetensors'); same(out['features'], out['labels'], out['ids'])");
    }

    @Test
    void whatGoesOutComesBack() throws IOException {
        for (String name : List.of("out.npy", "out.npz", "out.safetensors")) {
            exported(name);
            assertIsTheSame(build(name));
        }
    }

    @Test
    void theIndexItselfIsASafetensorsFile() throws IOException {
        exported("out.npz");
        run(
                "safetensors.numpy",
                "from safetensors.numpy import load_file\n"
                        + "out = load_file(folder + 'index.safetensors'); same(out['keys'], out['labels'], out['ids'])\n"
                        + "parts = load_file('src/index/test/resources/golden/parts.safetensors')\n"
                        + "assert parts['keys'].shape == (0, 3) and parts['removed'].tolist() == [1]\n"
                        + "assert load_file('src/index/test/resources/golden/parts.0002.safetensors')['ids'].tolist() == [4]");
    }

    @Test
    void theIndexIsReadByNumpyAlone() throws IOException {
        exported("out.npz");
        run("numpy", """
                import json
                data = open(folder + 'index.safetensors', 'rb').read()
                start = 8 + int.from_bytes(data[:8], 'little')
                header = json.loads(data[8:start])
                def tensor(name, dtype):
                    first, last = header[name]['data_offsets']
                    return np.frombuffer(data[start + first:start + last], dtype).reshape(header[name]['shape'])
                same(tensor('keys', '<f4'), tensor('labels', '<i4'), tensor('ids', '<i8'))
                """);
    }

    @ParameterizedTest
    @CsvSource({"f32,none", "f32,pca:8", "f32,whiten:8", "f32,whiten:40:epsilon=0.3", "bf16,whiten:8", "i8,whiten:8"})
    void probabilitiesAreThoseThatNumpyComputesFromTheFile(String type, String reduction) throws IOException {
        Path index = folder.resolve("index.safetensors");
        String keys = Clusters.write(folder.resolve("keys.npz"), 300, 1);
        Object[] build = {"build --data %s --dtype %s --out %s", keys, type, index};
        Run.done(build, reduction.equals("none") ? new Object[0] : new Object[] {"--reduce", reduction});
        Path queries = folder.resolve("queries.npz");
        Clusters.write(queries, 20, 2);
        try (CacheIndex opened = CacheIndex.open(index);
                FeatureSet features = FeatureSet.open("features:" + queries)) {
            FloatBuffer rows = FloatBuffer.allocate(20 * features.dim());
            features.read(0, 20, rows);
            CacheReader precise = opened.withEngine(Engines.named("blas")); // which does not round queries
            Answer found = precise.answer(Query.of(rows.flip()).thetas(20).evidence(true));
            Pool pool = new Pool(20, 0, 0.7, 2);
            for (String weights : new String[] {"", ", '0.7', '2'"}) {
                run(
                        "numpy",
                        "import subprocess\nwith open(folder + 'p', 'w') as out: subprocess.run([sys.executable,"
                                + " 'tools/whitened.py', folder + 'index.safetensors', folder + 'queries.npz', '20'"
                                + weights + "], check=True, stdout=out)");
                List<String> lines = Files.readAllLines(folder.resolve("p"));
                assertThat(lines).hasSize(20);
                for (int row = 0; row < 20; row++) {
                    String[] expected = lines.get(row).split(" ");
                    assertThat(expected).hasSize(found.classes());
                    double[] pooled = pool.alone(found.row(row));
                    for (int c = 0; c < expected.length; c++) {
                        assertThat(weights.isEmpty() ? found.row(row).probability(c) : pooled[c])
                                .isCloseTo(Double.parseDouble(expected[c]), within(1e-5));
                    }
                }
            }
        }
    }

    @Test
    void saysThatAFileOfFeaturesIsNoIndex() throws IOException {
        Path keys = folder.resolve("keys.npy");
        Run.done("export %s --out %s", TwoClasses.index(folder), keys);
        Run.failed(ExitCode.CORRUPT, "info %s", keys)
                .endsWith("keys.npy: this is a .npy file, not an index;"
                        + " its features can be the data of a new index: features:" + keys);
        Path npz = folder.resolve("keys.npz");
        Run.failed(ExitCode.CORRUPT, "add --index %s --data features:%s", npz, npz)
                .contains("keys.npz: this is a .npz file, not an index");
    }

    @Test
    void saysWhichFormatsThereAre() throws IOException {
        Path index = TwoClasses.index(folder);
        Run.refused("export %s --out %s", index, folder.resolve("out.csv")).contains(".npy, .npz or .safetensors");
    }
}
