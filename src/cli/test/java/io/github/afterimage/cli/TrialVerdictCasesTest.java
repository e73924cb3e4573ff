package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.relatives.MadePictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The verdicts of {@code try} on made sets of pictures, beside the true ones: those of a plain memory in this class, which never
 * knows a picture of the scene that it answers for, with a test that counts scenes.
 */
class TrialVerdictCasesTest {
    private static final int SIDE = 48;
    private static final int CLASSES = 3;
    private static final String[] FOLDERS = {"a red", "b green", "c blue"};
    private static final String[] IDS = {"n01531178", "n01695060", "n02110806"}; // three of ImageNet's classes
    private static final int[] PLACES = {11, 48, 253}; // their outputs
    private static final int MOST_MISSED = 2;
    private static final boolean ALL = Boolean.getBoolean("cases.all"); // minutes in place of seconds

    private final long seed = Long.getLong("cases.seed", 7);
    private final Random random = new Random(seed);

    @TempDir
    private Path folder;

    /** A picture of a scene, in the folder of a class. */
    private record Shot(int scene, int label, BufferedImage picture) {}

    /** Makes the pictures of a scene. */
    private interface Camera {
        List<BufferedImage> shots(BufferedImage scene);
    }

    /** A peculiarity of a set. */
    private enum Twist {
        /** Runs in each build. */
        USUAL,
        /** The network errs on pictures of a kind that a memory knows. */
        LEARNED,
        /** The network has seen the pictures and has all of them right. */
        SEEN,
        /** One scene of twenty is of each class but the first. */
        RARE,
        /** The last class has one picture. */
        ONE_PICTURE,
        /** All pictures are of the first class. */
        ONE_CLASS,
        /** Every other picture of a scene is in the folder of another class. */
        ACROSS,
        RANDOM_LABELS,
        /** The order of the folders is not that of the network's classes. */
        OTHER_ORDER,
        /** A third of the scenes are in the folder of the class after theirs. */
        PERMUTED_LABELS,
        /** The network has 1,000 classes in the order of ImageNet, and the folders have names of WordNet. */
        IDS,
        /** The same, but the network's classes are in another order. */
        SHUFFLED_IDS,
        /** The network has two classes, which are none of the three. */
        FOREIGN,
        /** The pictures of a scene are named as a group. */
        GROUPS,
        /** The names of the pictures say nothing. */
        SHUFFLED
    }

    /** A set of pictures. */
    private record Set(String name, int scenes, Camera camera, EnumSet<Twist> twists) {
        boolean has(Twist twist) {
            return twists.contains(twist);
        }
    }

    private static Set set(String name, int scenes, Camera camera, Twist... twists) {
        EnumSet<Twist> all = EnumSet.noneOf(Twist.class);
        all.addAll(List.of(twists));
        return new Set(name, scenes, camera, all);
    }

    private Camera frames(int count, double across, double down) {
        return scene -> IntStream.range(0, count)
                .mapToObj(i -> MadePictures.frame(
                        scene,
                        0.5 + across * (i / (count - 1.0) - 0.5),
                        0.5 + down * (random.nextDouble() - 0.5),
                        random))
                .toList();
    }

    private Camera copies(String... changes) {
        return scene -> {
            List<BufferedImage> shots = new ArrayList<>(List.of(scene));
            for (String change : changes) {
                shots.add(MadePictures.CHANGES.get(change).of(scene, random));
            }
            return shots;
        };
    }

    private List<Set> sets() {
        Camera one = List::of;
        Camera turns = scene -> IntStream.range(0, 8)
                .mapToObj(i -> MadePictures.seen(scene, 0.5, 0.5, 0.7, i * Math.PI / 4, false))
                .toList();
        Camera hand = scene -> IntStream.range(0, 8)
                .mapToObj(i -> MadePictures.seen(
                        scene,
                        0.3 + 0.4 * random.nextDouble(),
                        0.3 + 0.4 * random.nextDouble(),
                        0.6 + 0.3 * random.nextDouble(),
                        (random.nextDouble() - 0.5) * 0.7,
                        false))
                .toList();
        Camera all = copies("encoded at quality 0.5", "mirrored", "brighter or darker", "cropped to 90 %");
        return Stream.of(
                        set("ordinary pictures", 150, one),
                        set("pictures of a kind that is learned", 300, one, Twist.LEARNED, Twist.USUAL),
                        set("frames, a pixel apart", 18, frames(8, 0.1, 0)),
                        set("frames that move by a quarter", 18, frames(8, 1, 0.3), Twist.USUAL),
                        set("frames that move far", 15, frames(12, 1, 1)),
                        set("frames of a kind that is learned", 100, frames(3, 0.5, 0), Twist.LEARNED),
                        set("frames that turn", 18, turns),
                        set("frames that turn, in groups", 18, turns, Twist.GROUPS),
                        set("frames by hand", 60, hand),
                        set("frames by hand, with names of no order", 60, hand, Twist.SHUFFLED),
                        set("frames by hand, in groups", 60, hand, Twist.GROUPS, Twist.SHUFFLED),
                        set("pictures of a kind that is learned, in groups", 120, turns, Twist.GROUPS, Twist.LEARNED),
                        set("mirrored", 75, copies("mirrored")),
                        set("mirrored copies of a kind that is learned", 120, copies("mirrored"), Twist.LEARNED),
                        set("cropped", 60, copies("cropped to 90 %", "cropped to 75 %")),
                        set("brightened", 75, copies("brighter or darker")),
                        set("encoded again", 75, copies("encoded at quality 0.5")),
                        set("copies of all kinds", 48, all),
                        set("copies in folders of other classes", 75, copies("mirrored"), Twist.ACROSS),
                        set("unbalanced", 320, one, Twist.RARE),
                        set("one class", 30, one, Twist.ONE_CLASS),
                        set("one picture of a class", 150, one, Twist.ONE_PICTURE),
                        set("random labels", 150, one, Twist.RANDOM_LABELS),
                        set("permuted labels", 150, one, Twist.PERMUTED_LABELS),
                        set("permuted classes", 150, one, Twist.OTHER_ORDER),
                        set("permuted classes of a kind that is learned", 300, one, Twist.OTHER_ORDER, Twist.LEARNED),
                        set("names of WordNet", 150, one, Twist.IDS),
                        set("names of WordNet, of a kind that is learned", 300, one, Twist.IDS, Twist.LEARNED),
                        set("names of WordNet in another order", 150, one, Twist.SHUFFLED_IDS, Twist.USUAL),
                        set("a network that saw the pictures", 150, one, Twist.SEEN),
                        set("a network of other classes", 150, one, Twist.FOREIGN))
                .filter(each -> ALL || each.has(Twist.USUAL))
                .toList();
    }

    private List<Shot> shots(Set set) {
        List<Shot> shots = new ArrayList<>();
        for (int scene = 0; scene < set.scenes; scene++) {
            int rare = set.has(Twist.RARE) ? scene % 20 : scene % CLASSES;
            int kind =
                    set.has(Twist.ONE_CLASS) || rare >= CLASSES || set.has(Twist.ONE_PICTURE) && rare == 2 && scene != 2
                            ? 0
                            : rare;
            boolean odd = set.has(Twist.LEARNED)
                    && kind == 2
                    && scene / CLASSES % 4 < 2; // the network takes it for a red one
            int[] colour = new int[CLASSES];
            for (int channel = 0; channel < CLASSES; channel++) {
                int bright = odd
                        ? (channel == 0 ? 90 : channel == 1 ? 60 : -60)
                        : channel != kind ? 0 : set.has(Twist.SEEN) ? 130 : set.has(Twist.LEARNED) ? 80 : 45;
                colour[channel] = Math.max(0, Math.min(255, (int) (100 + bright + 22 * random.nextGaussian())));
            }
            BufferedImage picture = MadePictures.scene(SIDE, new Color(colour[0], colour[1], colour[2]), random);
            for (BufferedImage shot : set.camera.shots(picture)) {
                int label = set.has(Twist.RANDOM_LABELS)
                        ? random.nextInt(CLASSES)
                        : set.has(Twist.PERMUTED_LABELS) && scene / CLASSES % 3 == 0
                                        || set.has(Twist.ACROSS) && shots.size() % 2 == 1
                                ? (kind + 1) % CLASSES
                                : kind;
                shots.add(new Shot(scene, label, shot));
            }
        }
        return shots;
    }

    /** Writes the network of a set: which output asks which channel. */
    private Path network(Set set) throws IOException {
        int[] channels = {0, 1, 2};
        if (set.has(Twist.IDS) || set.has(Twist.SHUFFLED_IDS)) {
            channels = new int[1000];
            Arrays.fill(channels, -1);
            for (int k = 0; k < CLASSES; k++) {
                channels[PLACES[(k + (set.has(Twist.IDS) ? 0 : 1)) % CLASSES]] = k;
            }
        }
        return ColourModel.write(
                folder.resolve(set.name + ".onnx"), 4, set.has(Twist.FOREIGN) ? new int[] {-1, -1} : channels, false);
    }

    private static String classFolder(Set set, int label) {
        return set.has(Twist.IDS) || set.has(Twist.SHUFFLED_IDS)
                ? IDS[label]
                : FOLDERS[set.has(Twist.OTHER_ORDER) ? (label + 1) % CLASSES : label];
    }

    @Test
    void noVerdictPromisesAGainThatIsNone() throws IOException {
        List<String> wrong = new ArrayList<>();
        List<String> missed = new ArrayList<>();
        int fooled = 0;
        List<Set> sets = sets();
        for (Set set : sets) {
            random.setSeed(seed + set.name.hashCode());
            List<Shot> shots = shots(set);
            boolean truth = helps(set, shots, true);
            boolean naive = helps(set, shots, false);
            fooled += !truth && naive ? 1 : 0;
            long start = System.nanoTime();
            Run run = Run.of(
                    "try %s --layers hidden --preprocess resize=2x2 --json",
                    network(set),
                    new Object[] {"--data", "images:" + write(set, shots), "--out", folder.resolve("out " + set.name)},
                    set.has(Twist.GROUPS) ? new Object[] {"--group", "(scene[0-9]+)"} : new Object[0]);
            boolean refused = run.exitCode() != 0;
            String verdict = refused ? "refused" : (String) run.object().get("verdict");
            String about = "%s: %,d pictures, truly %s, by pictures %s; try: %s (%.1f s): %s"
                    .formatted(
                            set.name,
                            shots.size(),
                            truth ? "helps" : "none",
                            naive ? "helps" : "none",
                            verdict,
                            (System.nanoTime() - start) / 1e9,
                            refused ? run.err().strip() : run.object().get("sentence"));
            System.out.println(about);
            if (verdict.equals("helps") && !truth || refused != set.has(Twist.ONE_CLASS)) {
                wrong.add(about);
            }
            if (truth && !verdict.equals("helps")) {
                missed.add(about);
            }
        }
        assertThat(wrong).as("seed %d", seed).isEmpty();
        assertThat(missed).as("seed %d", seed).hasSizeLessThanOrEqualTo(ALL ? MOST_MISSED : 0);
        assertThat(fooled)
                .as("sets that fool a test that counts pictures, seed %d", seed)
                .isGreaterThan(ALL ? 4 : 0);
    }

    private Path write(Set set, List<Shot> shots) throws IOException {
        Path pictures = folder.resolve(set.name);
        int number = 0;
        for (Shot shot : shots) {
            Path target = Files.createDirectories(pictures.resolve(classFolder(set, shot.label)));
            String name = "scene%03d-%04d.png".formatted(shot.scene, number++);
            name = set.has(Twist.SHUFFLED) ? Integer.toHexString(name.hashCode() * 0x9E3779B9) + "-" + name : name;
            ImageIO.write(shot.picture, "png", target.resolve(name).toFile());
        }
        return pictures;
    }

    /**
     * Tells whether a memory beside the network has clearly fewer errors: each half of the scenes is answered with the sharpness and the
     * weight that are best for the other half.
     *
     * @param scenes whether a memory knows no picture of the scene that it answers for, and scenes count; else pictures
     */
    private boolean helps(Set set, List<Shot> shots, boolean scenes) {
        double[][] features =
                shots.stream().map(TrialVerdictCasesTest::features).toArray(double[][]::new);
        List<int[]> differences = new ArrayList<>(); // of each point of the grid, for each shot
        for (double theta : new double[] {10, 50, 200}) {
            for (double lambda : new double[] {0.3, 0.6, 1}) {
                differences.add(IntStream.range(0, features.length)
                        .map(i -> difference(set, shots, features, i, theta, lambda, scenes))
                        .toArray());
            }
        }
        Map<Integer, Integer> units = new TreeMap<>();
        for (int half = 0; half < 2; half++) {
            int tuned = half;
            int[] best = differences.stream()
                    .max(Comparator.comparingInt(each -> IntStream.range(0, each.length)
                            .filter(i -> shots.get(i).scene / CLASSES % 2 == tuned)
                            .map(i -> each[i])
                            .sum()))
                    .orElseThrow();
            IntStream.range(0, best.length)
                    .filter(i -> shots.get(i).scene / CLASSES % 2 != tuned)
                    .forEach(i -> units.merge(scenes ? shots.get(i).scene : i, best[i], Integer::sum));
        }
        int[] found =
                units.values().stream().mapToInt(i -> i).filter(i -> i != 0).toArray();
        int sum = IntStream.of(found).sum();
        Random signs = new Random(seed);
        int as = 0;
        for (int draw = 0; draw < 2000; draw++) {
            as += Math.abs(IntStream.of(found)
                                    .map(i -> signs.nextBoolean() ? i : -i)
                                    .sum())
                            >= Math.abs(sum)
                    ? 1
                    : 0;
        }
        return sum > 0 && as < 0.05 * 2000;
    }

    /** Returns 1 if the memory corrects the answer to a shot, -1 if it breaks it. */
    private static int difference(
            Set set, List<Shot> shots, double[][] features, int query, double theta, double lambda, boolean scenes) {
        double[] memory = new double[CLASSES];
        double total = 0;
        for (int key = 0; key < features.length; key++) {
            if (key != query && !(scenes && shots.get(key).scene == shots.get(query).scene)) {
                double product = 0;
                for (int i = 0; i < features[key].length; i++) {
                    product += features[key][i] * features[query][i];
                }
                double weight = Math.exp(theta * (product - 1));
                memory[shots.get(key).label] += weight;
                total += weight;
            }
        }
        double[] shares = new double[CLASSES]; // a network that knows them costs nothing
        shots.forEach(shot -> shares[shot.label]++);
        double[] network = new double[CLASSES];
        double sum = 0;
        for (int c = 0; c < CLASSES; c++) {
            for (int i = 0; i < 4; i++) {
                network[c] += set.has(Twist.FOREIGN) ? 0 : 4 * levels(shots.get(query), c, i);
            }
            network[c] = Math.exp(network[c]);
            sum += network[c];
        }
        int answer = 0;
        int mixed = 0;
        double[] mixture = new double[CLASSES];
        for (int c = 0; c < CLASSES; c++) {
            mixture[c] = (1 - lambda) * network[c] / sum + lambda * memory[c] / total;
            answer = network[c] * shares[c] > network[answer] * shares[answer] ? c : answer;
            mixed = mixture[c] > mixture[mixed] ? c : mixed;
        }
        int label = shots.get(query).label;
        return (mixed == label ? 1 : 0) - (answer == label ? 1 : 0);
    }

    /** Returns the mean of a channel in a quarter of a picture, 0 to 1. */
    private static double levels(Shot shot, int channel, int quarter) {
        int half = SIDE / 2;
        double sum = 0;
        for (int y = 0; y < half; y++) {
            for (int x = 0; x < half; x++) {
                int value = shot.picture.getRGB(quarter % 2 * half + x, quarter / 2 * half + y);
                sum += value >> 16 - 8 * channel & 255;
            }
        }
        return sum / (255.0 * half * half);
    }

    /** Returns the values of the network's hidden layer, of unit length. */
    private static double[] features(Shot shot) {
        double[] features = IntStream.range(0, 4 * CLASSES)
                .mapToDouble(i -> levels(shot, i / 4, i % 4))
                .toArray();
        double length = Math.sqrt(IntStream.range(0, features.length)
                .mapToDouble(i -> features[i] * features[i])
                .sum());
        return IntStream.range(0, features.length)
                .mapToDouble(i -> features[i] / length)
                .toArray();
    }
}
