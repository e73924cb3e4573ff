package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.command.ShellWord;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.ImageSets;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code try}, with a network that tells red, green and blue pictures apart, and with features. */
class TryTest {
    private static final int RED = 0;
    private static final int GREEN = 1;
    private static final int BLUE = 2;
    private static final int YELLOW = 3; // the network says red
    private static final long SEED = 5;

    @TempDir
    private Path folder;

    private Path model;
    private Path pictures;
    private Path out;
    private final Random random = new Random(SEED);

    @BeforeEach
    void write() throws IOException {
        model = ColourModel.write(folder.resolve("colours.onnx"), 4);
        pictures = Files.createDirectory(folder.resolve("pictures"));
        out = folder.resolve("out");
    }

    /** Writes pictures of 2 x 2 pixels into the sub-folder of a class. */
    private void pictures(String name, int count, int... colours) throws IOException {
        Path target = Files.createDirectories(pictures.resolve(name));
        for (int i = 0; i < count; i++) {
            int colour = colours[i % colours.length];
            BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
            for (int pixel = 0; pixel < 4; pixel++) {
                int value = 0;
                for (int channel = 0; channel < 3; channel++) {
                    boolean bright = channel == colour || colour == YELLOW && channel != BLUE;
                    int green = colour == YELLOW && channel == GREEN ? 40 : 0;
                    value = value << 8 | random.nextInt(30) + (bright ? 200 - green : 0);
                }
                image.setRGB(pixel % 2, pixel / 2, value);
            }
            ImageIO.write(image, "png", target.resolve(i + ".png").toFile());
        }
    }

    private Object[] command(Object... more) {
        return new Object[] {"try %s --data images:%s --out %s", model, pictures, out, more};
    }

    private Run tried(Object... more) {
        Run run = Run.of(command("--json", more));
        assertThat(run.exitCode()).as(run.err() + ", seed " + SEED).isEqualTo(ExitCode.DONE);
        return run;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Map<String, Object> result, String name) {
        return (Map<String, Object>) result.get(name);
    }

    private static Object wrong(Map<String, Object> accuracy, String answer) {
        return object(object(accuracy, answer), "errors").get("wrong");
    }

    private void threeClasses(int... ofTheThird) throws IOException {
        pictures("a red", 60, RED);
        pictures("b green", 60, GREEN);
        pictures("c blue", 60, ofTheThird);
    }

    @Test
    void itHelpsWhereTheMemoryCorrectsTheNetworkAndTheCommandsMakeTheSameIndex() throws IOException {
        pictures("a red", 150, RED);
        pictures("b green", 150, GREEN);
        pictures("c blue", 150, BLUE, YELLOW);
        Files.write(pictures.resolve("a red/7.png"), new byte[] {1, 2, 3});
        BufferedImage plain = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        plain.setRGB(0, 0, 2, 2, new int[] {215, 215, 215, 215}, 0, 2);
        ImageIO.write(plain, "png", pictures.resolve("c blue/7.png").toFile());
        assertThat((String) tried().object().get("sentence"))
                .startsWith("Mean colour, contrast and sharpness alone tell the class of ");
        Run run = tried("--group", "(.+)");
        assertThat(run.err())
                .contains(
                        "left out: ",
                        "a red/7.png",
                        "1 picture of one colour, perhaps broken or transparent: c blue/7.png");
        Map<String, Object> result = run.object();
        assertThat(result).containsEntry("verdict", "helps");
        assertThat((String) result.get("sentence")).startsWith("It helps: ").contains("fewer errors (95 % interval)");
        assertThat(object(result, "classes")).containsEntry("relation", "same");
        assertThat(object(result, "layers")).containsEntry("chosen", "hidden");
        assertThat(Run.objects(result, "costs"))
                .extracting(cost -> cost.get("chosen"))
                .containsOnlyOnce(true);
        assertThat(Run.objects(result, "curve")).hasSize(5);
        assertThat(object(result, "accuracy"))
                .containsEntry("examples", 374); // all but the broken one and those that tuned first
        @SuppressWarnings("unchecked")
        List<String> commands = (List<String>) result.get("commands");
        Map<String, Object> again = tried("--group", "(.+)").object(); // nothing is computed again
        again.put("effort", result.get("effort"));
        assertThat(again).isEqualTo(result);
        Path moved = folder.resolve("moved.safetensors");
        Files.move(out.resolve("index.safetensors"), moved);
        Map<String, Object> evaluated = Map.of();
        for (String line : commands.subList(0, 3)) {
            evaluated = Run.json((Object[]) words(line));
        }
        Map<String, Object> first = Run.objects(result, "divisions").get(0);
        assertThat(evaluated).containsEntry("examples", 75);
        assertThat(evaluated)
                .containsEntry("togetherErrors", wrong(first, "together"))
                .containsEntry(
                        "networkErrors",
                        object(Run.objects(first, "rivals").get(0), "errors").get("wrong"))
                .containsEntry("memoryErrors", wrong(first, "memory"));
        assertThat(Files.readAllLines(out.resolve("commands.sh")))
                .contains("cd " + ShellWord.of(Path.of("").toAbsolutePath().toString()))
                .containsAll(commands.subList(0, 3));
        assertThat(Files.readString(out.resolve("report.html")))
                .contains("<h1>Helps</h1>", "Of 374 test pictures, the network has ", "data:image/png;base64,");
        Run.printed("predict --index %s --model %s %s", moved, model, oddPicture())
                .contains("a red");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pictures/classes.txt", "classes.txt"})
    void wordsForClassesAreThoseOfThePicturesThatWereDivided(String words) throws IOException {
        threeClasses(BLUE, YELLOW);
        Files.writeString(folder.resolve(words), "a red\ttomato\nc blue\tsea, ocean\n");
        tried("--layers", "hidden");
        for (String part : List.of("memory", "tuning", "test")) {
            assertThat(ImageSets.open("images:" + out.resolve("parts").resolve(part))
                            .classNames())
                    .containsExactly("tomato (a red)", "b green", "sea (c blue)");
        }
        Run.printed("predict --index %s --model %s %s", out.resolve("index.safetensors"), model, oddPicture())
                .contains("tomato (a red)");
        assertThat(Files.readString(out.resolve("report.html"))).contains("sea (c blue)");
    }

    /** Writes a red picture of a size that the network does not take. */
    private Path oddPicture() throws IOException {
        BufferedImage odd = new BufferedImage(5, 3, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < 15; pixel++) {
            odd.setRGB(pixel % 5, pixel / 5, 0xB02010);
        }
        Path file = folder.resolve("odd.png");
        ImageIO.write(odd, "png", file.toFile());
        return file;
    }

    /** The words of a command without its first, with quotes as in a shell. */
    private static String[] words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = Pattern.compile("'([^']*)'|(\\S+)").matcher(line.substring("afterimage ".length()));
        while (matcher.find()) {
            words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return words.toArray(String[]::new);
    }

    @Test
    void itDoesNotJudgeByFewPicturesThatTheNetworkHasAllRight() throws IOException {
        threeClasses(BLUE);
        Map<String, Object> result = tried().object();
        assertThat(result).containsEntry("verdict", "too-few");
        assertThat((String) result.get("sentence"))
                .startsWith("Too few pictures to tell, because the network has all 150 test pictures right")
                .contains("up to 3.0 % are possible", "At least 200 more test pictures would tell.");
        Run printed = Run.done(command("--verbose"));
        assertThat(printed.steps()).startsWith("reading").contains("layers", "indexing");
        assertThat(tried().steps()).as("with --json").isEmpty();
        assertThat(printed.out())
                .contains("Next: try again with more labelled pictures. At least 200 more test pictures would tell.")
                .startsWith("Cannot tell: of 150 test pictures, the network has 0 (0.00 %) wrong");
    }

    @Test
    void aWrongPreparationIsWarnedOf() throws IOException {
        threeClasses(BLUE);
        Run run = tried("--preprocess", "mean=1,std=-1");
        assertThat(run.err())
                .contains(
                        "another preparation of the pictures is clearly better than --preprocess mean=1,std=-1",
                        "give --preprocess resize=2");
        assertThat(run.object()).containsEntry("verdict", "doubtful");
        assertThat((String) run.object().get("sentence"))
                .startsWith(
                        "The preprocessing is probably wrong: leave --preprocess out, or give --preprocess resize=2, and try"
                                + " again. ")
                .contains(" Measured in spite of that, ");
    }

    @Test
    void aNetworkThatTakesOneSizeAndDoesNotTellItIsTriedWithThatOfThePictures() throws IOException {
        threeClasses(BLUE);
        ColourModel.write(model, 4, 3, true);
        Map<String, Object> input = object(tried("--layers", "hidden").object(), "input");
        assertThat(input).containsEntry("chosen", "resize=2x2").containsEntry("shape", "(3, 0, 0)");
        Run.printed(command("--layers", "hidden", "--verbose")).contains("The network reads (3, any, any), and");
        Path index = folder.resolve("index.safetensors");
        Run.warned(
                "another preparation of the pictures is clearly better than --preprocess ",
                "build --model %s --layers hidden --data images:%s --out %s --preprocess resize=2x2,mean=1,std=-1",
                model,
                pictures,
                index);
    }

    @Test
    void aBuildWithAWrongPreparationIsWarnedOfToo() throws IOException {
        threeClasses(BLUE);
        String build = "build --model %s --layers hidden --data images:%s --out %s";
        Path index = folder.resolve("index.safetensors");
        Run.warned(
                "another preparation of the pictures is clearly better than --preprocess mean=1,std=-1: with values 0 to 1 the"
                        + " error on the same 180 pictures is 0.0 %, not ",
                build + " --preprocess mean=1,std=-1", model, pictures, index);
        Run.done(build, model, pictures, index);
    }

    @Test
    void anIndexThatWasChangedOrIsAnothersIsNotReplaced() throws IOException {
        threeClasses(BLUE, YELLOW);
        tried("--layers", "hidden");
        Path index = out.resolve("index.safetensors");
        Map<String, Object> result = tried("--layers", "hidden", "--seed", "2").object(); // nobody else wrote to it
        @SuppressWarnings("unchecked")
        List<String> commands = (List<String>) result.get("commands");
        for (String line : commands.subList(0, 2)) {
            Run.json((Object[]) words(line));
            tried("--layers", "hidden", "--seed", "2"); // its own commands made the same
        }
        Path other = Files.copy(model, folder.resolve("other.onnx"));
        String refused = "index.safetensors: was changed since a trial wrote it, or is not of a trial of this network";
        Run.failed(ExitCode.FAILED, "try %s --data images:%s --out %s", other, pictures, out)
                .contains(refused, "name another folder with --out, or delete the index");
        assertThat(Run.of("add --index %s --model %s --data images:%s[0:9]", index, model, pictures)
                        .err())
                .containsPattern("[678] of 9 examples") // keys of whole numbers take some others for copies
                .contains("the prediction sets of the index");
        byte[] added = Files.readAllBytes(index);
        Run.failed(ExitCode.FAILED, command()).contains(refused);
        assertThat(Files.readAllBytes(index)).isEqualTo(added);
        for (String change : List.of(
                "tune --theta 3 --save --model " + model + " --data images:" + out.resolve("parts/tuning") + " --index",
                "remove --label 1 --save --index")) {
            Files.deleteIfExists(index);
            tried("--layers", "hidden");
            assertThat(Run.of(change + " %s", index).exitCode()).as(change).isEqualTo(ExitCode.DONE);
            Run.failed(ExitCode.FAILED, command()).as(change).contains(refused);
        }
    }

    @Test
    void tuningOnThePicturesOfTheIndexIsWarnedOf() throws IOException {
        threeClasses(BLUE, YELLOW);
        Path index = folder.resolve("index.safetensors");
        Run.done("build --model %s --layers hidden --data images:%s --out %s", model, pictures, index);
        for (String command : List.of("tune", "evaluate --theta 50 --lambda 1")) {
            assertThat(Run.of(command + " --index %s --model %s --data images:%s", index, model, pictures)
                            .err())
                    .contains(
                            "keys of the index were made from 180 of 180 examples",
                            "(a red/6.png; b green/50.png; ",
                            "and 177 more)");
        }
    }

    @Test
    void onePictureOfAnotherSizeIsResized() throws IOException {
        threeClasses(BLUE, YELLOW);
        Files.move(oddPicture(), pictures.resolve("a red/odd.png"));
        Map<String, Object> result = tried("--layers", "hidden").object();
        assertThat(files(out.resolve("parts"), "odd.png"))
                .noneMatch(file -> file.startsWith(out.resolve("parts/memory")));
        assertThat((String) object(result, "input").get("chosen")).contains("resize=2");
        assertThat(object(result, "input")).containsEntry("pictures", "sides of 2 to 5 pixels");
    }

    @Test
    void copiesChangeNothing() throws IOException {
        threeClasses(BLUE, YELLOW);
        Map<String, Object> without = tried("--layers", "hidden").object();
        for (Path file : files(pictures, "[0-9]*[02468][.]png")) {
            Files.copy(file, file.resolveSibling("again " + file.getFileName()));
        }
        Run run = tried("--layers", "hidden");
        assertThat(run.err()).contains("90 examples have the same pixels as others and were left out: ");
        assertThat(object(run.object(), "data")).containsEntry("copies", 90);
        assertThat(out.resolve("report.html")).content().contains("Left out: 90 examples with the content of others");
        for (String same : List.of("verdict", "sentence", "accuracy", "curve")) {
            assertThat(run.object()).containsEntry(same, without.get(same));
        }
    }

    @Test
    void aCopyOfAMemorysPictureIsNotTested() throws IOException {
        threeClasses(BLUE, YELLOW);
        Path kept = Files.move(pictures, folder.resolve("kept"));
        threeClasses(BLUE, YELLOW);
        Files.copy(kept.resolve("a red/3.png"), pictures.resolve("c blue/copy.png"));
        System.setProperty("afterimage.command", "afterimage");
        Run run;
        try {
            run = tried("--layers", "hidden", "--memory", "images:" + kept);
        } finally {
            System.clearProperty("afterimage.command");
        }
        assertThat(out.resolve("commands.sh"))
                .as("the script of an installed program does not call itself")
                .content()
                .contains("afterimage() { command afterimage \"$@\"; }");
        assertThat(run.err()).contains("c blue/copy.png is a red/3.png");
        assertThat(files(out.resolve("parts"), "copy.png")).isEmpty();
        Run.refused(command("--memory", "images:" + kept, "--test", "images:" + out.resolve("parts/test")))
                .contains("parts/test is of an earlier trial, whose links this one would replace");
        assertThat(object(object(run.object(), "data"), "memory")).containsEntry("specification", "images:" + kept);
    }

    @Test
    void aSeedGivesAnotherDivisionAndAGroupStaysTogether() throws IOException {
        threeClasses(BLUE, YELLOW);
        Object divisions =
                tried("--layers", "hidden", "--group", "([0-9])[.]").object().get("divisions");
        List<Path> test = files(out.resolve("parts/test"), ".*png");
        for (Path memory : files(out.resolve("parts/memory"), ".*png")) {
            assertThat(test).extracting(TryTest::lastDigit).doesNotContain(lastDigit(memory));
        }
        Map<String, Object> other = tried("--layers", "hidden", "--group", "([0-9])[.]", "--seed", "2")
                .object();
        assertThat(files(out.resolve("parts/test"), ".*png")).isNotEqualTo(test).isNotEmpty();
        assertThat(other.get("divisions")).isNotEqualTo(divisions);
        Map<String, Object> again =
                tried("--layers", "hidden", "--group", "([0-9])[.]").object(); // as the first, whatever was there
        assertThat(again).containsEntry("divisions", divisions);
        Map<String, Object> evaluated = Run.json(
                "evaluate --index %s --model %s --data images:%s",
                out.resolve("index.safetensors"), model, out.resolve("parts/test"));
        assertThat(evaluated)
                .containsEntry(
                        "togetherErrors", wrong(Run.objects(again, "divisions").get(0), "together"));
        Run.refused(command("--group", "zzz("))
                .contains("'--group': \"zzz(\" is not a regular expression: Unclosed group");
        Run.refused(command("--group", "[0-9]")).contains("--group [0-9] has no parentheses");
    }

    private static char lastDigit(Path file) {
        return file.getFileName()
                .toString()
                .replace(".png", "")
                .charAt(file.getFileName().toString().length() - 5);
    }

    private static List<Path> files(Path folder, String name) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.getFileName().toString().matches(name))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void severalDivisionsAreTestedUnlessPartsAreNamedAndCopiesChangeNoFigure() throws IOException {
        String data = Clusters.write(folder.resolve("features.npz"), 600, SEED);
        Map<String, Object> all = Run.json("try --data %s --out %s", data, out);
        assertThat(Run.objects(all, "divisions")).hasSize(5).allSatisfy(each -> assertThat(each)
                .containsEntry("examples", 100));
        assertThat(all).containsEntry("verdict", "helps").containsEntry("network", "");
        assertThat(object(all, "accuracy")).containsEntry("examples", 500);
        Map<String, Object> one = Run.json("try --data %s --out %s --splits 1", data, out);
        assertThat(Run.objects(one, "divisions"))
                .containsExactly(Run.objects(all, "divisions").get(0));
        assertThat(one).containsEntry("accuracy", Run.objects(one, "divisions").get(0));
        Run.refused(
                        "try --memory %s[0:400] --tuning %s[400:500] --test %s[500:] --splits 2 --out %s",
                        data, data, data, folder.resolve("named"))
                .contains("--splits 2 with parts that you named: leave it out");
        Run.refused("try --data %s --splits 6", data).contains("--splits 6: expected 1 to 5");
        Run named = Run.of(
                "try --memory %s[0:400] --tuning %s[400:500] --test %s[360:600] --out %s --json",
                data, data, data, folder.resolve("named"));
        assertThat(named.err())
                .contains(
                        "140 examples have the same features as others and were left out, which the commands do not: ",
                        "; and 137 more",
                        "row 360");
        assertThat(named.object())
                .containsEntry("accuracy", Run.objects(all, "divisions").get(0));
        String twice = Clusters.writeTwice(folder.resolve("twice.npz"), 600, SEED);
        Run both = Run.of("try --data %s --out %s --json", twice, folder.resolve("twice"));
        assertThat(both.err()).contains("600 examples have the same features as others and were left out");
        assertThat(object(both.object(), "data")).containsEntry("copies", 600);
        assertThat(both.object()).containsEntry("accuracy", all.get("accuracy"));
    }

    @Test
    void divisionsWhoseMemoryLacksAClassAreCounted() throws IOException {
        float[] features = new float[60 * 4];
        int[] labels = new int[60];
        for (int i = 0; i < features.length; i++) {
            features[i] = random.nextFloat();
        }
        for (int row = 0; row < 60; row++) {
            labels[row] = row < 10 && row % 2 == 0 ? 2 : row % 2; // the last class is in the first sixth alone
        }
        Map<String, Object> result = Run.json(
                "try --data %s --out %s", NpzFile.features(folder.resolve("features.npz"), features, labels), out);
        assertThat(Run.objects(result, "divisions")).hasSize(3);
        assertThat((String) object(result, "data").get("division"))
                .contains("Of 5 divisions, 2 were left out, because their memory lacks a class.");
    }

    @Test
    void foldersInAnotherOrderAreWarnedOfAndPutRight() throws IOException {
        pictures("blue", 60, BLUE);
        pictures("green", 60, GREEN);
        pictures("red", 60, RED);
        Run run = tried();
        assertThat(run.err()).contains("the order of the classes looks wrong", "\"blue\" is its class 2");
        assertThat(object(run.object(), "classes")).containsEntry("relation", "permuted");
        assertThat(Files.readAllLines(out.resolve("outputs.txt"))).containsExactly("2", "1", "0");
    }

    @Test
    void fiveOfEachOfTwoClassesOfTheNetworkAreEnoughToRun() throws IOException {
        pictures("blue", 5, BLUE);
        pictures("red", 5, RED);
        Map<String, Object> result = tried().object();
        assertThat(object(result, "classes")).containsEntry("relation", "part");
        assertThat(result.get("verdict")).isEqualTo("too-few");
        assertThat(Files.readAllLines(out.resolve("outputs.txt"))).containsExactly("2", "0");
    }

    @Test
    void theMemoryAnswersAloneForMoreClassesThanTheNetworkHas() throws IOException {
        threeClasses(BLUE);
        pictures("d yellow", 60, YELLOW);
        Map<String, Object> result = tried().object();
        assertThat(result).containsEntry("verdict", "helps");
        assertThat((String) result.get("sentence")).startsWith("It helps where the network cannot answer: ");
        Map<String, Object> classes = object(result, "classes");
        assertThat(classes).containsEntry("relation", "other");
        assertThat((String) classes.get("sentence"))
                .contains("4 classes and the network 3", "the memory answers alone. But it seems to know 3 of them");
        assertThat(Files.readString(out.resolve("commands.sh"))).contains(" --memory-alone ");
    }

    @Test
    void layersAreSearchedAmongSeveral() throws IOException {
        float[] values = new float[40 * 3 * 32 * 32];
        int[] labels = new int[40];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 2;
        }
        String data = NpzFile.images(folder.resolve("noise.npz"), values, 32, labels);
        Map<String, Object> result = Run.of("try models/cifar10_resnet.onnx --data %s --out %s --json", data, out)
                .object();
        Map<String, Object> layers = object(result, "layers");
        assertThat(Run.objects(layers, "tried")).hasSizeGreaterThan(2);
        assertThat((int) layers.get("combinations")).isGreaterThan(5);
        assertThat((String) layers.get("reason"))
                .contains(" values for a picture, was taken, because on ", "with it ")
                .doesNotContain("Layers were compared with"); // all of them
        assertThat(result.get("verdict")).isNotEqualTo("helps");
        assertThat(Run.objects(result, "divisions"))
                .as("a file is cut in sixths, and all but the tuning one are tested")
                .extracting(each -> each.get("examples"))
                .containsExactly(7, 6, 7, 6, 7);
    }

    @Test
    void aPartThatIsAllCopiesIsRefused() throws IOException {
        String data = Clusters.write(folder.resolve("features.npz"), 600, SEED);
        Run.refused("try --memory %s[0:400] --tuning %s[400:500] --test %s[0:100] --out %s", data, data, data, out)
                .contains("no example is left for the test: 100 are copies of others; name other examples with --test");
    }

    @Test
    void aPartWithoutPicturesIsRefusedWithTheNumberThatIsNeeded() throws IOException {
        pictures("a red", 2, RED);
        pictures("b green", 2, GREEN);
        pictures("c blue", 2, BLUE);
        Run.failed(ExitCode.CORRUPT, command())
                .contains(
                        "no example is left for the ",
                        ": expected at least 5 of each class to divide, or other examples");
        Files.copy(pictures.resolve("a red/0.png"), pictures.resolve("a red/copy.png"));
        Run.refused(command("--group", "(png)"))
                .contains(": expected at least 5 groups (--group) of each class to divide, or other examples");
    }

    @Test
    void equalPicturesOfTwoClassesAreSaidToHaveAWrongLabel() throws IOException {
        threeClasses(BLUE);
        Files.copy(pictures.resolve("a red/0.png"), pictures.resolve("c blue/copy.png"));
        Files.copy(pictures.resolve("a red/1.png"), pictures.resolve("a red/copy.png"));
        assertThat(tried("--layers", "hidden").err())
                .contains("2 examples have the same pixels as others and were left out: ")
                .contains("; 1 of them are in folders of different classes, so one of the two labels is wrong");
    }

    @Test
    void aColleagueSaysWhatIsMissing() throws IOException {
        Run.refused("try %s", model).contains("give --data DATA, such as images:DIR");
        pictures("only", 10, RED);
        Run.refused("try --data images:%s --out %s", pictures, out).contains("holds pictures: name the network");
        Run.failed(ExitCode.CORRUPT, command())
                .contains("images:" + pictures + " has one class, [only]: expected two or more");
        byte[] old = Files.readAllBytes(model);
        Files.write(model, new byte[] {0x42, 2, 0x10, 99}, StandardOpenOption.APPEND);
        Run.failed(ExitCode.FAILED, command())
                .as("before the pictures are read")
                .contains("needs operator set 99");
        Files.write(model, old);
        Files.createDirectory(pictures.resolve("empty"));
        assertThat(Run.of(command()).err()).contains("empty has no .png, ");
        float[] values = new float[80];
        for (int i = 0; i < values.length; i++) {
            values[i] = 1 + i * i % 71;
        }
        String one = NpzFile.features(folder.resolve("one.npz"), values, new int[40]);
        Run.failed(ExitCode.CORRUPT, "try --data %s --out %s", one, out)
                .contains(one + " has one class, class 0: expected two or more");
        String features = Clusters.write(folder.resolve("features.npz"), 30, SEED);
        Run.refused("try %s --data %s --out %s", model, features, out)
                .contains("features: are the output of a network");
        String sorted = NpzFile.features(
                folder.resolve("sorted.npz"),
                new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 3, 2, 2, 5, 3, 7, 1, 1, 2, 2},
                sortedLabels());
        Run.refused("try --data %s --out %s", sorted, out)
                .contains("has no example in the memory", "may be sorted by class");
        Run.failed(ExitCode.FAILED, "try nowhere.onnx --data %s", features).contains("nowhere.onnx: no such network");
    }

    private static int[] sortedLabels() {
        int[] labels = new int[10];
        for (int i = 5; i < 10; i++) {
            labels[i] = 1;
        }
        labels[9] = 2;
        return labels;
    }
}
