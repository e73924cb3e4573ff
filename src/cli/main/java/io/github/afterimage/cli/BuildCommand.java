package io.github.afterimage.cli;

import io.github.afterimage.cli.options.BuildOptions;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.file.SaveLock;
import java.io.IOException;
import picocli.CommandLine.Mixin;

@picocli.CommandLine.Command(
        name = "build",
        header = "Build an index.",
        description = {
            "",
            "Runs labelled images through a network and keeps the activations of the chosen layers as unit vectors, the keys; "
                    + "or reads features that were computed elsewhere. The id of a key is the number of its example. Its "
                    + "name tells where the example comes from: cat/0001.png, cifar10 train 4711 or train.npz row 17."
        },
        footer = {
            "  afterimage build --model resnet20.onnx --layers activation_14,activation_16,activation_18 \\",
            "      --data 'cifar10:data#train' --flip --out cifar10.safetensors",
            "  afterimage build --model resnet20.onnx --layers activation_18 --data 'cifar10:data#train' \\",
            "      --reduce pca:128 --dtype bf16 --out small.safetensors",
            "  afterimage build --data features:train.npz --dtype bf16 --out features.safetensors"
        })
final class BuildCommand extends Command {
    @Mixin
    private BuildOptions options;

    @Override
    protected void execute(Report report) throws IOException {
        options.begin();
        if (options.spark().given()) {
            new ClusterBuild(options).build(report);
            return;
        }
        try (SaveLock lock = SaveLock.take(options.file())) {
            new LocalBuild(options, this::progress).build(report, lock);
        } catch (IOException | RuntimeException e) {
            if (options.inParts() && Failure.interrupted(e)) {
                throw new Failure.InterruptionException(
                        "the same command continues behind the finished parts beside " + options.file(), e);
            }
            throw e;
        }
    }
}
