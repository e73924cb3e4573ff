package io.github.afterimage.experiments.lessons;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.ModelOption;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
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
            names = "--train",
            paramLabel = "DATA",
            description =
                    "Pictures to teach of the classes that are taken away; by default up to half of those of --data, which"
                            + " are not tested then.")
    private @Nullable String train;

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

    @Mixin
    private SeedOption seed;

    @Override
    protected void execute(Report report) throws IOException {
        refuse(lessons < 1, "--lessons " + lessons + ": expected a positive number");
        refuse(others < 1, "--others " + others + ": expected a positive number");
        refuse(Arrays.stream(few).anyMatch(n -> n < 1), "--few: expected positive numbers");
        Arrays.sort(few);
        try (CacheModel model = open()) {
            refuse(model.isAlone(), "the network has other classes than the index: expected one of the same classes");
            ImageSet images = images(model, data);
            measure(report, model, images, train == null ? images : images(model, train));
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

    private static ImageSet images(CacheModel model, String specification) throws IOException {
        CacheIndex index = model.index();
        return ImageSets.open(specification).withClasses(index.classNames(), index.classes());
    }

    private void measure(Report report, CacheModel model, ImageSet images, ImageSet taught) throws IOException {
        Lesson.Choice chosen =
                step("answering", progress -> Lesson.choose(model, images, others, seed.seed(), progress));
        SeenImages rest = SeenImages.of(model, images.select(chosen.others()), Progress.NONE);
        List<Lesson> wrong = chosen.wrong();
        report.line(
                        "%s of %s, of which %s are wrong; and %s, which no lesson is about",
                        Text.count("examples", chosen.answered(), "picture"),
                        Text.value("data", data),
                        Text.count("wrong", wrong.size()),
                        Text.count("others", rest.size(), "other"))
                .line(index.describe(model.index()))
                .line(RuleText.of(model.calibration()));
        SingleLessons single = new SingleLessons(model, images, rest);
        int known = model.index().classes() - model.index().format().spareClasses();
        List<Lesson> first = wrong.stream().limit(lessons).toList();
        List<Lesson> far = wrong.stream().filter(Lesson::far).limit(lessons).toList();
        List<Lesson> random = known < 3
                ? List.of()
                : first.stream()
                        .map(lesson -> lesson.ofAnotherClass(known, seed.seed()))
                        .toList();
        single(report, "wrong pictures, taught one at a time", "wrong", single, first);
        single(report, "wrong pictures of a far class, which the network ranks third or lower", "far", single, far);
        single(report, "wrong pictures, taught as a random third class", "random", single, random);
        report.heading("Lessons kept")
                .list("kept", kept(step("keeping", run -> KeptLessons.of(model, images, wrong, rest, run))));
        report(
                report,
                step(
                        "new classes",
                        run -> NewClasses.of(model, taught, images, chosen.others(), few, seed.seed(), run)));
    }

    private void single(Report report, String heading, String kind, SingleLessons single, List<Lesson> lessons)
            throws IOException {
        if (lessons.isEmpty()) {
            return;
        }
        SingleLessons.Result found = step(kind, progress -> single.teach(lessons, seed.seed(), progress));
        Report part = new Report()
                .heading(Format.count(found.lessons()) + " " + heading)
                .field("kind", kind)
                .field("lessons", found.lessons())
                .list("forms", forms(found))
                .line("")
                .line("Other pictures are means over the lessons.")
                .list("learners", learners(found));
        report.element("single", part);
    }

    private static Table forms(SingleLessons.Result found) {
        return new Columns<Form>()
                .text("form", "form", Form::text)
                .percent("right before", "before", found.before()::share)
                .percent("right after", "after", found.memory()::share)
                .right(
                        "95 % interval",
                        form -> Text.interval("interval", found.memory().interval(form)))
                .percent(
                        "lesson nearest", "nearest", form -> (double) found.nearest()[form.ordinal()] / found.lessons())
                .table(List.of(Form.values()));
    }

    private static Table learners(SingleLessons.Result found) {
        return new Columns<Outcome>()
                .text("", "name", Outcome::name)
                .percent("same picture", "picture", outcome -> outcome.share(Form.SAME))
                .percent("altered forms", "altered", Outcome::alteredShare)
                .right("95 % interval", outcome -> Text.interval("interval", outcome.alteredInterval()))
                .fixed("others change", "changed", 2, Outcome::changed)
                .fixed("to wrong", "broken", 2, Outcome::broken)
                .fixed("to right", "corrected", 2, Outcome::corrected)
                .percent("others' error", "error", Outcome::error)
                .right(
                        "-log p",
                        outcome -> Text.figure(
                                "logLoss",
                                outcome.logLoss(),
                                Double.isNaN(outcome.logLoss()) ? "" : Format.fixed(outcome.logLoss(), 4)))
                .table(List.of(found.before(), found.memory(), found.lastLayer(), found.nearestKey()));
    }

    private static Table kept(List<KeptLessons> rows) {
        return new Columns<KeptLessons>()
                .count("kept", "lessons", KeptLessons::lessons)
                .right("right", row -> share("right", row.right(), row.lessons()))
                .right("of the first", row -> Text.count("first", row.first()))
                .right("still right", row -> share("firstRight", row.firstRight(), row.first()))
                .percent("others' error", "error", KeptLessons::error)
                .fixed("-log p", "logLoss", 4, KeptLessons::logLoss)
                .table(rows);
    }

    private static Text share(String name, long right, long of) {
        return Text.figure(name, right, of == 0 ? "" : Format.percent((double) right / of));
    }

    private static void report(Report report, NewClasses.Result found) {
        report.heading(Format.count(found.classes(), "class") + " that the network does not have, the last ones")
                .line(
                        "%s and %s of the other classes, of which the network alone has %s right",
                        Text.count("newTested", found.newTested(), "test picture"),
                        Text.count("oldTested", found.oldTested()),
                        Text.percent("networkRight", (double) found.networkRight() / found.oldTested()))
                .field("newClasses", found.classes())
                .list(
                        "taught",
                        new Columns<NewClasses.Row>()
                                .count("pictures of each", "pictures", NewClasses.Row::pictures)
                                .percent("right", "newRight", row -> (double) row.newRight() / found.newTested())
                                .right(
                                        "95 % interval",
                                        row -> Text.interval(
                                                "interval",
                                                Interval.clopperPearson(
                                                        row.newRight(), found.newTested(), Outcome.CONFIDENCE)))
                                .percent("others right", "oldRight", row -> (double) row.oldRight() / found.oldTested())
                                .fixed("-log p", "logLoss", 3, NewClasses.Row::logLoss)
                                .table(found.rows()));
    }
}
