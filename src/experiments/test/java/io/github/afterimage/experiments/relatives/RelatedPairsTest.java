package io.github.afterimage.experiments.relatives;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.Progress;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.RealData;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RelatedPairsTest {
    private static final int SIDE = 48;

    private final long seed =
            Long.getLong("relatives.seed", 1); // another one may miss a pair more than the bounds allow
    private final Random random = new Random(seed);

    static Stream<String> changes() {
        return MadePictures.CHANGES.keySet().stream();
    }

    private BufferedImage scene() {
        return MadePictures.scene(
                SIDE, new Color(60 + random.nextInt(130), 60 + random.nextInt(130), 60 + random.nextInt(130)), random);
    }

    private List<BufferedImage> scenes(int count) {
        return Stream.generate(this::scene).limit(count).toList();
    }

    /** Pictures of two classes in turns. */
    private static RelatedPairs related(List<BufferedImage> pictures) {
        int[] labels = IntStream.range(0, pictures.size()).map(i -> i % 2).toArray();
        return related(
                pictures,
                labels,
                IntStream.range(0, pictures.size()).mapToObj(i -> "").toList());
    }

    private static RelatedPairs related(List<BufferedImage> pictures, int[] labels, List<String> names) {
        return RelatedPairs.of(
                pictures.stream().map(MadePictures::miniature).toList(),
                labels,
                names,
                new int[labels.length],
                2,
                Progress.NONE);
    }

    /** Returns the share of pictures i and i + half that are in one group. */
    private static double recall(Groups groups, int half) {
        return IntStream.range(0, half)
                        .filter(i -> groups.first(i) == groups.first(i + half))
                        .count()
                / (double) half;
    }

    @ParameterizedTest
    @MethodSource("changes")
    void aPictureAndItsChangedCopyAreRelatedAndOthersAreNot(String name) {
        List<BufferedImage> scenes = scenes(12);
        List<BufferedImage> pictures = new ArrayList<>(scenes);
        scenes.forEach(each -> pictures.add(MadePictures.CHANGES.get(name).of(each, random)));
        RelatedPairs related = related(pictures);
        Groups groups = related.groups(pictures.size());
        assertThat(recall(groups, scenes.size())).as("seed %d", seed).isGreaterThanOrEqualTo(0.95);
        assertThat(IntStream.of(groups.sizes()).max().orElseThrow())
                .as("seed %d", seed)
                .isLessThanOrEqualTo(4);
        assertThat(related.foreign()).as("seed %d", seed).isLessThanOrEqualTo(1);
    }

    @Test
    void framesThatMoveFarAreOneGroupByThoseBetweenThem() {
        List<BufferedImage> frames = new ArrayList<>();
        for (BufferedImage scene : scenes(8)) {
            for (int i = 0; i < 10; i++) {
                frames.add(MadePictures.frame(scene, i / 9.0, i / 18.0, random));
            }
        }
        int[] labels = IntStream.range(0, 80).map(i -> i / 10 % 2).toArray();
        Groups groups = related(frames, labels, Collections.nCopies(80, "")).groups(80);
        assertThat(groups.firsts())
                .as("seed %d", seed)
                .containsExactly(IntStream.range(0, 80).map(i -> i / 10 * 10).toArray());
    }

    @Test
    void otherScenesAreNotRelated() {
        RelatedPairs related = related(scenes(100));
        assertThat(related.pairs()).as("seed %d", seed).hasSizeLessThanOrEqualTo(2);
        assertThat(related.sampled()).isGreaterThan(90);
        assertThat(related.foreign()).as("seed %d", seed).isLessThanOrEqualTo(1);
        assertThat(related.order()).as("seed %d", seed).isBetween(-4.0, 4.0);
    }

    @Test
    void picturesBeforeOneBackgroundAreToldByThoseOfOtherClasses() {
        BufferedImage background = scene();
        List<BufferedImage> pictures = Stream.generate(
                        () -> MadePictures.frame(background, 0.5, random.nextDouble(), random))
                .limit(30)
                .toList();
        RelatedPairs related = related(pictures);
        assertThat(related.foreign()).isEqualTo(related.sampled()).isPositive();
    }

    @Test
    void picturesWithoutDetailOrTooSmallAreNeverRelated() {
        List<BufferedImage> plain = new ArrayList<>();
        List<BufferedImage> small = new ArrayList<>();
        BufferedImage one = MadePictures.scene(12, Color.GRAY, random);
        for (int i = 0; i < 40; i++) {
            plain.add(MadePictures.frame(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB), 0, 0, random));
            small.add(MadePictures.frame(one, 0, 0, random));
        }
        assertThat(related(plain).pairs()).isEmpty();
        assertThat(related(small).pairs()).isEmpty();
    }

    @Test
    void namesInTheOrderOfACameraAreTold() {
        List<Miniature> pictures = new ArrayList<>();
        float hue = 0;
        for (int i = 0; i < 200; i++) { // the light changes slowly, and the scenes are others
            hue += 0.02f;
            pictures.add(MadePictures.miniature(MadePictures.scene(SIDE, Color.getHSBColor(hue, 0.7f, 0.6f), random)));
        }
        List<String> names = new ArrayList<>(
                IntStream.range(0, 200).mapToObj(i -> "image" + i).toList());
        assertThat(order(pictures, names)).as("seed %d", seed).isGreaterThan(5);
        Collections.shuffle(names, random);
        assertThat(order(pictures, names)).as("seed %d", seed).isLessThan(4);
    }

    @Test
    void ofNamedPartsNeighboursByNameCountWhereTheyAreInDifferentParts() {
        List<BufferedImage> pictures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Color light = Color.getHSBColor(0.01f * i, 0.7f, 0.6f);
            pictures.add(MadePictures.scene(SIDE, light, random));
        }
        List<String> names = IntStream.range(0, 100).mapToObj(i -> "image" + i).toList();
        assertThat(ofParts(pictures, names, i -> i % 2)).as("seed %d", seed).isGreaterThan(5);
        assertThat(ofParts(pictures, names, i -> i / 50)).as("seed %d", seed).isLessThan(4);
    }

    private static double ofParts(List<BufferedImage> pictures, List<String> names, IntUnaryOperator parts) {
        return RelatedPairs.of(
                        pictures.stream().map(MadePictures::miniature).toList(),
                        new int[pictures.size()],
                        names,
                        IntStream.range(0, pictures.size()).map(parts).toArray(),
                        2,
                        Progress.NONE)
                .order();
    }

    /** Returns the standard errors of two classes, one after the other. */
    private static double order(List<Miniature> pictures, List<String> names) {
        NameOrder order = new NameOrder();
        int half = pictures.size() / 2;
        order.add(pictures.subList(0, half), names.subList(0, half), (one, other) -> true);
        order.add(pictures.subList(half, 2 * half), names.subList(half, 2 * half), (one, other) -> true);
        return order.z();
    }

    @Test
    void ofNamedPartsOnlyPicturesOutsideTheMemoryLookForRelatives() {
        BufferedImage scene = scene();
        List<Miniature> pictures = Stream.of(scene, MadePictures.frame(scene, 0.5, 0.5, random), scene())
                .map(MadePictures::miniature)
                .toList();
        assertThat(RelatedPairs.of(pictures, new int[3], List.of("", "", ""), new int[] {0, 0, 2}, 1, Progress.NONE)
                        .pairs())
                .isEmpty();
        assertThat(RelatedPairs.of(pictures, new int[3], List.of("", "", ""), new int[] {0, 1, 0}, 1, Progress.NONE)
                        .pairs())
                .containsExactly(1, 0);
    }

    /** Prints, for so many pictures of each class as the property relatives.perClass says, the share of relatives that are found. */
    @Test
    void relativesOfRealPicturesAreFoundToo() throws IOException {
        RealData.require("cifar-10-batches-bin");
        String data = System.getProperty("relatives.data", "cifar10:" + RealData.folder() + "#test");
        int perClass = Integer.getInteger("relatives.perClass", 2);
        ImageSet all = ImageSets.open(data);
        int classes = all.classNames().size();
        int[] counts = new int[classes];
        int[] rows = IntStream.range(0, all.size())
                .filter(i -> counts[all.label(i)]++ < perClass)
                .toArray();
        List<BufferedImage> pictures = new ArrayList<>();
        for (int row : rows) {
            Image image = all.image(row);
            pictures.add(MadePictures.buffered(image));
        }
        int[] labels = IntStream.range(0, 2 * rows.length)
                .map(i -> all.label(rows[i % rows.length]))
                .toArray();
        List<String> names = IntStream.range(0, 2 * rows.length)
                .mapToObj(i -> all.imageName(rows[i % rows.length]))
                .toList();
        long start = System.nanoTime();
        RelatedPairs ordinary = related(pictures, Arrays.copyOf(labels, rows.length), names.subList(0, rows.length));
        double seconds = (System.nanoTime() - start) / 1e9;
        Groups alone = ordinary.groups(rows.length);
        long together = IntStream.range(0, rows.length)
                .filter(i -> alone.sizes()[alone.first(i)] > 1)
                .count();
        System.out.printf(
                "%s: %,d pictures in %.1f s, %.2f %% of them in groups, %d of %d match another class, names in order z = %.1f%n",
                data,
                rows.length,
                seconds,
                100.0 * together / rows.length,
                ordinary.foreign(),
                ordinary.sampled(),
                ordinary.order());
        assertThat(together).isLessThanOrEqualTo(rows.length / 20);
        assertThat(ordinary.foreign()).isLessThanOrEqualTo(ordinary.sampled() / 100);
        for (String name : MadePictures.CHANGES.keySet()) {
            List<BufferedImage> both = new ArrayList<>(pictures);
            pictures.forEach(each -> both.add(MadePictures.CHANGES.get(name).of(each, random)));
            double recall = recall(related(both, labels, names).groups(both.size()), rows.length);
            System.out.printf("%6.2f %% of pairs found: %s%n", 100 * recall, name);
            assertThat(recall).as("%s, seed %d", name, seed).isGreaterThan(0.9);
        }
    }
}
