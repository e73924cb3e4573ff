package io.github.afterimage.experiments.lessons;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.ModelOption;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "lessons",
        header = "Measure what a lesson does: the picture, altered forms of it, and others.",
        description = {
            "",
            "Teaches pictures that network and memory answer wrong: one at a time, each asked again together with 14 altered forms "
                    + "of it, and taken back; then up to 1,000 that are kept; then the last 2 classes (10 of more than 20), whose keys and outputs "
                    + "of the network are taken away first. Says what becomes right, and what changes in other pictures. Beside the memory: "
                    + "the network with its last layer trained on the lesson until it is right, and the label of the nearest key where that is "
                    + "so near that at most 0.1 % of other pictures change. Changes no file."
        },
        footer = {
            "  afterimage measure lessons --index cifar10.safetensors --model resnet20.onnx \\",
            "      --data 'cifar10:data#test'"
        })
public final class LessonsCommand extends Command {
    private static final int FEW_CLASSES = 20;
    private static final String NOTHING = ": no picture is answered wrong: nothing to teach";

    @Mixin
    private IndexOptions index;

    @Mixin
    private ModelOption network;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DATA",
            description = "The pictures, none of which the index should remember, as \"evaluate\" takes them.")
    private String data;

    @Option(
            names = "--lessons",
            paramLabel = "N",
            description = "Lessons that are taught one at a time, of each kind; ${DEFAULT-VALUE} by default.")
    private int lessons = 100;

    @Option(
            names = "--others",
            paramLabel = "N",
            description =
                    "Other pictures, which a lesson should not change, at most half of all; ${DEFAULT-VALUE} by default.")
    private int others = 1000;

    @Option(
            names = "--few",
            split = ",",
            paramLabel = "N",
            description = "Numbers of pictures to teach of each class that is taken away; 1,5,20,100 by default.")
    private int[] few = {1, 5, 20, 100};

    @Option(
            names = "--forms",
            paramLabel = "FILE",
            description =
                    "Teaches nothing: writes the features of the wrong pictures and of their altered forms into this safetensors"
                            + " file, as \"features\" does, which \"demo\" teaches.")
    private @Nullable Path forms;

    @Mixin
    private SeedOption seed;

    @Override
    protected void execute(Report report) throws IOException {
        refuse(lessons < 1, "--lessons " + lessons + ": expected a positive number");
        refuse(others < 1, "--others " + others + ": expected a positive number");
        refuse(Arrays.stream(few).anyMatch(n -> n < 1), "--few: expected positive numbers");
        Arrays.sort(few);
        checkOutput(forms);
        if (forms != null) {
            OutputFile.checkNamesSafetensors(forms);
        }
        try (CacheModel model = open()) {
            refuse(model.isAlone(), "the network has other classes than the index: expected one of the same classes");
            CacheIndex known = model.index();
            measure(report, model, ImageSets.open(data).withClasses(known.classNames(), known.classes()));
        }
    }

    private CacheModel open() throws IOException {
        refuse(FeatureSet.accepts(data), "--data " + data + ": expected images, which can be altered and taught");
        CacheIndex opened = index.open();
        return Resources.guarded(
                opened,
                () -> CacheModel.open(
                        network.require("images need a network"),
                        opened,
                        CacheModel.settings(opened).withThreads(index.threads())));
    }

    private void measure(Report report, CacheModel model, ImageSet images) throws IOException {
        int[] order = BalancedSample.shuffled(IntStream.range(0, images.size()).toArray(), seed.seed());
        int[] left = Arrays.copyOf(order, Math.min(others, order.length / 2));
        int[] asked = Arrays.copyOfRange(order, left.length, order.length);
        List<Lesson> wrong = step("answering", progress -> Lesson.wrong(model, images, asked, progress));
        List<Lesson> first = wrong.stream().limit(lessons).toList();
        if (forms != null) {
            refuse(wrong.isEmpty(), data + NOTHING);
            write(report, model, Lesson.forms(images, first, seed.seed()), forms);
            return;
        }
        SeenImages rest = SeenImages.of(model, images.select(left), Progress.NONE);
        report.line(
                        "%s of %s, of which %s are wrong; and %s, which no lesson is about",
                        Text.count("examples", asked.length, "picture"),
                        Text.value("data", data),
                        Text.count("wrong", wrong.size()),
                        Text.count("others", rest.size(), "other"))
                .line(index.describe(model.index()))
                .line(RuleText.of(model.calibration()));
        refuse(wrong.isEmpty(), data + NOTHING);
        SingleLessons single = new SingleLessons(model, images, rest);
        single(report, single, "wrong pictures, taught one at a time", first);
        List<Lesson> far = wrong.stream().filter(Lesson::far).limit(lessons).toList();
        single(report, single, "wrong pictures of a far class, which the network ranks third or lower", far);
        int classes = model.index().classes() - model.index().format().spareClasses();
        List<Lesson> random = first.stream()
                .filter(lesson -> classes > 2)
                .map(lesson -> lesson.ofAnotherClass(classes, seed.seed()))
                .toList();
        single(report, single, "wrong pictures, taught as a random third class", random);
        report.heading("Lessons kept")
                .list("kept", step("keeping", run -> KeptLessons.table(model, images, wrong, rest, run)));
        int fresh = Math.min(classes - 1, classes > FEW_CLASSES ? 10 : 2);
        NewClasses last = new NewClasses(
                model.index(),
                fresh,
                Examples.of(model.network(), images),
                picture -> SingleLessons.learn(model, images, picture, images.label(picture)),
                seed.seed());
        report.heading(Format.count(fresh, "class") + " that the network does not have, the last ones")
                .field("newClasses", fresh)
                .list("taught", step("new classes", progress -> last.table(left, few, progress)));
    }

    private void write(Report report, CacheModel model, ImageSet pictures, Path file) throws IOException {
        step("writing", progress -> StoredLessons.write(model, pictures, file, progress));
        report.line(
                "%s: features of %s in %s forms, %s",
                Text.value("out", file.toString()),
                Text.count("lessons", pictures.size() / Form.values().length, "wrong picture"),
                Text.count("forms", Form.values().length),
                Text.bytes("bytes", Files.size(file)));
    }

    private void single(Report report, SingleLessons single, String kind, List<Lesson> lessons) throws IOException {
        if (lessons.isEmpty()) {
            return;
        }
        SingleLessons.Result found = step("lessons", progress -> single.teach(lessons, seed.seed(), progress));
        Outcome memory = found.ways().get(1);
        Table forms = new Columns<Form>()
                .text("form", "form", Form::text)
                .percent(
                        "right before", "before", form -> found.ways().get(0).share(form.ordinal(), form.ordinal() + 1))
                .percent("right after", "after", form -> memory.share(form.ordinal(), form.ordinal() + 1))
                .right("95 % interval", form -> memory.interval(form.ordinal(), form.ordinal() + 1))
                .percent("lesson nearest", "nearest", form -> (double) found.nearest()[form.ordinal()] / lessons.size())
                .table(List.of(Form.values()));
        int end = Form.values().length;
        Table ways = new Columns<Outcome>()
                .text("", "name", Outcome::name)
                .percent("same picture", "picture", way -> way.share(0, 1))
                .percent("altered forms", "altered", way -> way.share(1, end))
                .right("95 % interval", way -> way.interval(1, end))
                .fixed("others change", "changed", 2, Outcome::changed)
                .fixed("to wrong", "broken", 2, Outcome::broken)
                .fixed("to right", "corrected", 2, Outcome::corrected)
                .percent("others' error", "error", Outcome::error)
                .right(
                        "-log p",
                        way -> Text.figure(
                                "logLoss",
                                way.logLoss(),
                                Double.isNaN(way.logLoss()) ? "" : Format.fixed(way.logLoss(), 4)))
                .table(List.copyOf(found.ways()));
        report.element(
                "single",
                new Report()
                        .heading(Format.count(lessons.size()) + " " + kind + "; of others, means over the lessons")
                        .field("kind", kind)
                        .field("lessons", lessons.size())
                        .list("forms", forms)
                        .list("ways", ways));
    }
}
