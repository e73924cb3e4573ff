package io.github.afterimage.cli;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.Thumbnail;
import io.github.afterimage.spark.ShareOptions;
import io.github.afterimage.spark.SparkExamples;
import io.github.afterimage.spark.SparkImages;
import io.github.afterimage.spark.SparkIndex;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands on Spark, in one process with two tasks at a time, against the same commands without it. */
class SparkTest {
    private static final String MASTER = "local[2]";
    private static final int IMAGES = 90;

    @TempDir
    private Path folder;

    private Path model;
    private String keys;
    private String queries;
    private Path plain;

    /** One for all tests, because each start takes a second. */
    private SparkSession spark;

    @BeforeEach
    void startSpark() {
        spark = SparkSession.builder()
                .master(MASTER)
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.sql.codegen.wholeStage", false)
                .getOrCreate();
    }

    @AfterAll
    static void stopSpark() {
        SparkSession.builder().getOrCreate().stop();
    }

    @BeforeEach
    void buildWithoutSpark() throws IOException {
        model = ColourModel.write(folder.resolve("colours.onnx"), 0.3f);
        keys = images("keys.npz", 1);
        queries = images("queries.npz", 2);
        plain = folder.resolve("plain.safetensors");
        Run.done("build --model %s --layers hidden --data %s --flip --out %s", model, keys, plain);
    }

    /** Images of 2 x 2 pixels, brightest in the channel of their class or nearly so. */
    private String images(String name, long seed) throws IOException {
        Random random = new Random(seed);
        float[] values = new float[IMAGES * 12];
        int[] labels = new int[IMAGES];
        for (int i = 0; i < IMAGES; i++) {
            labels[i] = i % 3;
            for (int v = 0; v < 12; v++) {
                values[i * 12 + v] = (random.nextInt(200) + (v / 4 == labels[i] ? 55 : 0)) / 255f;
            }
        }
        return NpzFile.images(folder.resolve(name), values, 2, labels);
    }

    private Path buildOnSpark(int parts, Object... more) {
        Path index = folder.resolve("spark" + parts + ".safetensors");
        Object[] build = {"build --spark %s --model %s --layers hidden --data %s --flip", MASTER, model, keys};
        Run run = Run.of(build, more, "--parts", parts, "--out", index);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE);
        return index;
    }

    @ParameterizedTest
    @ValueSource(strings = {"pca:2:seed=3", "whiten:2:seed=3", "whiten:12:epsilon=0.5"})
    void reductionsAreThoseThatOneProcessLearnsHoweverImagesArePartitioned(String reduction) throws IOException {
        Object[] reduce = {"--reduce " + reduction + " --sample 60"};
        Path alone = folder.resolve("alone.safetensors");
        Object[] build = {"build --model %s --layers hidden --data %s --flip --out %s", model, keys, alone};
        Run.done(build, reduce);
        FloatBuffer rows = FloatBuffer.wrap(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
        for (int parts : new int[] {1, 3}) {
            Path index = buildOnSpark(parts, reduce);
            try (CacheIndex expected = CacheIndex.open(alone);
                    CacheIndex actual = CacheIndex.open(index)) {
                assertThat(actual.attributes()).containsEntry("reduction", reduction);
                assertThat(actual.encode(rows)).containsExactly(expected.encode(rows), within(1e-6f));
                Answer nearest = actual.answer(Query.of(rows).neighbors(20));
                Answer wanted = expected.answer(Query.of(rows).neighbors(20));
                for (int place = 0; place < 20; place++) {
                    assertThat(nearest.row(0).neighbors().get(place).id())
                            .isEqualTo(wanted.row(0).neighbors().get(place).id());
                }
            }
        }
    }

    @Test
    void buildTuneAndEvaluateSayTheSameAsWithoutSpark() throws IOException {
        Path index = buildOnSpark(3);
        Run.reported("info %s", index).containsEntry("keys", 2 * IMAGES).containsEntry("files", 4);
        Path converted = folder.resolve("converted.safetensors");
        Run.done("convert %s --out %s", index, converted);
        try (CacheIndex expected = CacheIndex.open(plain);
                CacheIndex actual = CacheIndex.open(converted)) {
            FloatBuffer rows = FloatBuffer.wrap(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
            Answer nearest = actual.answer(Query.of(rows).neighbors(20));
            Answer wanted = expected.answer(Query.of(rows).neighbors(20));
            for (int place = 0; place < 20; place++) {
                assertThat(nearest.row(0).neighbors().get(place).id())
                        .isEqualTo(wanted.row(0).neighbors().get(place).id());
                assertThat(nearest.row(0).neighbors().get(place).name())
                        .isEqualTo(wanted.row(0).neighbors().get(place).name())
                        .startsWith("keys.npz row ");
            }
        }
        Object[] evaluate = {"evaluate --model %s --data %s --json", model, queries};
        Run parts = Run.of(evaluate, "--index", index, "--spark", MASTER);
        Run alone = Run.of(evaluate, "--index", plain);
        assertThat(parts.err()).isEqualTo(alone.err());
        for (String count : List.of("examples", "networkErrors", "togetherErrors", "memoryErrors", "corrected")) {
            assertThat(parts.object().get(count))
                    .as(count)
                    .isEqualTo(alone.object().get(count));
        }
        Path reduced = folder.resolve("reduced.safetensors");
        Run.done(
                "build --model %s --layers hidden --data %s --reduce whiten:2 --sample 60 --out %s",
                model, keys, reduced);
        Object[] again = {"evaluate --model %s --data %s --index %s", model, keys, reduced};
        assertThat(Run.of(again, "--spark", MASTER).err())
                .isEqualTo(Run.of(again).err())
                .contains("keys of the index were made from");
        Object[] tune = {"tune --model %s --data %s --theta 10:90:5", model, keys};
        spark.stop(); // without one of the program, a command starts its own, and ends it
        Run tuned = Run.of(tune, "--index", index, "--spark", MASTER, "--json");
        assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
        assertThat(tuned.err()).contains("keys of the index were made from");
        assertThat(error(tuned)).isNotNull().isEqualTo(error(Run.of(tune, "--index", plain, "--json")));
    }

    private static Object error(Run tuned) throws IOException {
        Map<?, ?> oneView = (Map<?, ?>) tuned.object().get("oneView");
        return ((Map<?, ?>) oneView.get("together")).get("error");
    }

    @Test
    void aPartOfTheFoldersIsMatchedWithTheIndexByName() throws IOException {
        Path all = folder.resolve("all");
        for (int label = 0; label < 3; label++) {
            Path picture = ColourModel.picture(all.resolve("class" + label + "/1.bmp"), label);
            Files.writeString(picture.resolveSibling("notes.txt"), "not a picture");
        }
        Path part = Files.createDirectories(folder.resolve("part"));
        Files.move(all.resolve("class2"), part.resolve("class2"));
        Path index = folder.resolve("named.safetensors");
        Object[] build = {"build --model %s --layers hidden --out %s --data", model, index};
        for (String data : List.of("images:" + all, "images:file://" + all)) {
            Run.failed(ExitCode.CORRUPT, build, data, "--spark", MASTER)
                    .contains("has classes class0, class1: expected 3");
        }
        copy(part.resolve("class2"), all.resolve("class2"));
        Object[][] ways = {
            {"images:" + all}, {"images:" + all, "--spark", MASTER}, {"images:file://" + all, "--spark", MASTER}
        };
        for (Object[] way : ways) {
            Files.deleteIfExists(index);
            Run.done(build, way);
            assertClassIsFoundByName(index, "images:" + part);
            assertClassIsFoundByName(index, "images:" + part, "--spark", MASTER);
            assertClassIsFoundByName(index, "images:file://" + part, "--spark", MASTER);
        }
        assertThat(spark.sparkContext().isStopped())
                .as("the session of the program")
                .isFalse();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (String name : List.of("1.bmp", "notes.txt")) {
            Files.copy(from.resolve(name), to.resolve(name));
        }
    }

    private void assertClassIsFoundByName(Path index, String data, Object... more) throws IOException {
        Object[] evaluate = {"evaluate --index %s --model %s --data %s --theta 1 --lambda 0 --json", index, model, data
        };
        assertThat(Run.of(evaluate, more).object()).containsEntry("networkErrors", 0);
    }

    @Test
    void drawsTheImagesOfEachClassThatOneProcessDraws() throws IOException {
        Path alone = folder.resolve("alone.safetensors");
        Object[] draw = {"--per-class 5 --seed 3"};
        Object[] build = {"build --model %s --layers hidden --data %s --flip --out %s", model, keys, alone};
        Run.done(build, draw);
        Path index = buildOnSpark(3, draw);
        try (CacheIndex expected = CacheIndex.open(alone);
                CacheIndex actual = CacheIndex.open(index)) {
            assertThat(actual.size()).isEqualTo(30).isEqualTo(expected.size());
            FloatBuffer rows = FloatBuffer.wrap(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
            Answer nearest = actual.answer(Query.of(rows).neighbors(30));
            Answer wanted = expected.answer(Query.of(rows).neighbors(30));
            for (int place = 0; place < 30; place++) {
                assertThat(nearest.row(0).neighbors().get(place).id())
                        .isEqualTo(wanted.row(0).neighbors().get(place).id());
                assertThat(nearest.row(0).neighbors().get(place).label())
                        .isEqualTo(wanted.row(0).neighbors().get(place).label());
            }
        }
    }

    @Test
    void dataSetsAreReadSampledAndScoredHoweverTheyArePartitioned() throws IOException {
        Dataset<Row> images = pictures();
        String parquet = folder.resolve("images.parquet").toString();
        images.repartition(5).write().parquet(parquet);
        assertThat(images.where(col("id").equalTo(7)).select("name").head().getString(0))
                .isEqualTo("queries.npz row 7");
        Dataset<Row> read = SparkImages.parquet(spark, parquet);
        List<Row> sample = SparkImages.balanced(read, 4, 7)
                .select("id", "label")
                .orderBy("id")
                .collectAsList();
        assertThat(sample)
                .hasSize(12)
                .isEqualTo(SparkImages.balanced(images.repartition(3), 4, 7)
                        .select("id", "label")
                        .orderBy("id")
                        .collectAsList())
                .isNotEqualTo(SparkImages.balanced(read, 4, 8)
                        .select("id", "label")
                        .orderBy("id")
                        .collectAsList());
        for (int label = 0; label < 3; label++) {
            int wanted = label;
            assertThat(sample).filteredOn(row -> row.getInt(1) == wanted).hasSize(4);
        }
        assertThatThrownBy(() -> SparkImages.balanced(read, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("images per class 0: expected a positive number");
        readAFolderPerClass(spark);
        score(spark, read);
    }

    /** The queries as a data set with encoded images. */
    private Dataset<Row> pictures() throws IOException {
        ImageSet images = ImageSets.open(queries);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            rows.add(RowFactory.create((long) i, images.label(i), Thumbnail.png(images.image(i)), images.imageName(i)));
        }
        return spark.createDataFrame(rows, StructType.fromDDL("id LONG, label INT, image BINARY, name STRING"));
    }

    private void score(SparkSession spark, Dataset<Row> images) throws IOException {
        Pool pool = new Pool(40, 0.5, 0.25, 5); // beside it, an index that nobody tuned answers alone by 40, 0, 0.5, 10
        try (CacheIndex recognises = CacheIndex.open(plain)) { // which the pool above does not
            Map<String, String> attributes = new HashMap<>(recognises.attributes());
            attributes.put("background", "Infinity");
            recognises.files().save(plain, attributes);
        }
        try (SparkIndex index = SparkIndex.open(spark, plain, ShareOptions.DEFAULTS);
                SparkExamples examples = SparkExamples.of(images, model, index)) {
            assertThat(examples.select(new int[] {7, 3}).label(0)).isEqualTo(examples.label(7));
            List<Row> scores = index.score(examples, pool, 2)
                    .where(col("id").isin(5, 40))
                    .orderBy("id")
                    .collectAsList();
            assertThat(scores).hasSize(2);
            for (Row row : scores) {
                assertThat(row.getInt(1)).isEqualTo((int) (row.getLong(0) % 3));
                double[] expected = new double[3];
                for (int c = 0; c < 3; c++) {
                    expected[c] = Math.sqrt(
                            row.<Float>getList(2).get(c) * row.<Float>getList(3).get(c));
                }
                double total = DoubleStream.of(expected).sum();
                for (int c = 0; c < 3; c++) {
                    assertThat((double) row.<Float>getList(4).get(c)).isCloseTo(expected[c] / total, within(1e-6));
                }
                assertThat(row.getList(5)).hasSize(2);
                assertThat(row.<String>getList(7).get(0)).startsWith("keys.npz row ");
                assertThat(row.<Float>getList(6).get(0))
                        .isGreaterThanOrEqualTo(row.<Float>getList(6).get(1));
            }
        }
    }

    private void readAFolderPerClass(SparkSession spark) throws IOException {
        byte[] picture = Image.ofBytes(2, 2, new byte[12]).encoded();
        for (String name : List.of("b/2.bmp", "a/1.bmp", "b/1.bmp")) {
            Path file = folder.resolve("pictures").resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, picture);
        }
        assertThat(
                        SparkImages.files(spark, "file://" + folder.resolve("pictures"))
                                .select("label")
                                .collectAsList()
                                .stream()
                                .map(row -> row.getInt(0)))
                .containsExactlyInAnyOrder(0, 1, 1);
    }
}
