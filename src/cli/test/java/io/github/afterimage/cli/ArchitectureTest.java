package io.github.afterimage.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.github.afterimage.AddedKeys;
import io.github.afterimage.Engine;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.Normalization;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredContents;
import io.github.afterimage.answer.Mixture;
import java.util.Arrays;

/** Imports run one way within a module; Maven's modules hold the rest. */
@AnalyzeClasses(packages = "io.github.afterimage", importOptions = ArchitectureTest.MainCode.class)
class ArchitectureTest {
    private static final String INDEX = "io.github.afterimage";
    private static final String MODEL = INDEX + ".model";
    private static final String SERVE = INDEX + ".serve";
    private static final String CLI = INDEX + ".cli";

    /** Values that callers and every layer of the index share. */
    private static final DescribedPredicate<JavaClass> VALUES = belongToAnyOf(
            AddedKeys.class,
            Engine.class,
            MemoryUse.class,
            Mixture.class,
            Normalization.class,
            Progress.class,
            StoredContents.class);

    /** Leaves out tests, those of the other modules' jars too. */
    static final class MainCode implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("/test-classes/") && !location.contains("-tests.jar");
        }
    }

    @ArchTest
    static final ArchRule logsGoThroughTheJdk =
            noClasses().should().dependOnClassesThat().resideInAPackage("org.slf4j..");

    @ArchTest
    static final ArchRule importsOfTheIndexRunOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("metrics")
            .definedBy(INDEX + ".metrics..")
            .layer("facade")
            .definedBy(resideInAPackage(INDEX).and(not(VALUES)))
            .layer("answer")
            .definedBy(INDEX + ".answer..")
            .layer("serving")
            .definedBy(INDEX + ".serving..")
            .layer("reduce")
            .definedBy(INDEX + ".reduce..")
            .layer("engine")
            .definedBy(INDEX + ".engine..")
            .layer("file")
            .definedBy(INDEX + ".file..")
            .layer("log")
            .definedBy(INDEX + ".log..")
            .layer("keys")
            .definedBy(INDEX + ".keys..")
            .layer("tensors")
            .definedBy(INDEX + ".tensors..")
            .layer("platform")
            .definedBy(INDEX + ".platform..")
            .layer("binding")
            .definedBy(INDEX + ".binding..")
            .layer("failure")
            .definedBy(INDEX + ".failure..")
            .layer("settings")
            .definedBy(INDEX + ".settings..")
            .whereLayer("failure")
            .mayOnlyAccessLayers("settings")
            .whereLayer("settings")
            .mayOnlyAccessLayers("binding")
            .whereLayer("metrics")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("serving")
            .mayOnlyBeAccessedByLayers("metrics")
            .whereLayer("facade")
            .mayOnlyBeAccessedByLayers("metrics", "serving")
            .whereLayer("answer")
            .mayOnlyBeAccessedByLayers("facade", "serving")
            .whereLayer("reduce")
            .mayOnlyBeAccessedByLayers("facade", "engine", "file")
            .whereLayer("engine")
            .mayOnlyBeAccessedByLayers("facade", "answer")
            .whereLayer("file")
            .mayOnlyBeAccessedByLayers("facade", "answer")
            .whereLayer("log")
            .mayOnlyBeAccessedByLayers("facade", "file")
            .whereLayer("keys")
            .mayOnlyBeAccessedByLayers("facade", "answer", "engine", "reduce", "file", "log")
            .whereLayer("tensors")
            .mayOnlyBeAccessedByLayers("facade", "file")
            .whereLayer("platform")
            .mayOnlyBeAccessedByLayers(
                    "facade", "answer", "metrics", "serving", "engine", "reduce", "file", "log", "keys", "tensors")
            .whereLayer("binding")
            .mayOnlyBeAccessedByLayers("engine", "keys", "reduce", "platform", "settings");

    @ArchTest
    static final ArchRule importsOfTheModelRunOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("evaluation")
            .definedBy(MODEL + ".evaluation..")
            .layer("model")
            .definedBy(MODEL)
            .layer("network")
            .definedBy(MODEL + ".network..")
            .layer("data")
            .definedBy(MODEL + ".data..")
            .whereLayer("evaluation")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("model")
            .mayOnlyBeAccessedByLayers("evaluation")
            .whereLayer("network")
            .mayOnlyBeAccessedByLayers("model", "evaluation");

    @ArchTest
    static final ArchRule theModelKnowsNoFilesOfAnIndex = noClasses()
            .that()
            .resideInAPackage(MODEL + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    INDEX + ".file..", INDEX + ".log..", INDEX + ".keys..", INDEX + ".binding..", INDEX + ".cuda..");

    @ArchTest
    static final ArchRule whatExperimentsShareKnowsNoExperiment = noClasses()
            .that()
            .resideInAnyPackage(
                    INDEX + ".experiments.command..",
                    INDEX + ".experiments.images..",
                    INDEX + ".experiments.options..",
                    INDEX + ".experiments.protocol..",
                    INDEX + ".experiments.probe..",
                    INDEX + ".experiments.report..",
                    INDEX + ".experiments.statistics..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    INDEX + ".experiments.attacks..",
                    INDEX + ".experiments.layers..",
                    INDEX + ".experiments.lessons..",
                    INDEX + ".experiments.methods..",
                    INDEX + ".experiments.table1..",
                    INDEX + ".experiments.reductions..",
                    INDEX + ".experiments.size..",
                    INDEX + ".experiments.trial..");

    @ArchTest
    static final ArchRule whatCommandsShareRunsOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("options")
            .definedBy(INDEX + ".experiments.options..")
            .layer("command")
            .definedBy(INDEX + ".experiments.command..")
            .layer("report")
            .definedBy(INDEX + ".experiments.report..")
            .whereLayer("options")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("command")
            .mayOnlyBeAccessedByLayers("options");

    @ArchTest
    static final ArchRule nativeCodeIsCalledByKeysAndEnginesOnly = classes()
            .that()
            .resideInAPackage(INDEX + ".binding..")
            .should()
            .onlyBeAccessed()
            .byAnyPackage(
                    INDEX + ".binding..",
                    INDEX + ".engine..",
                    INDEX + ".platform..",
                    INDEX + ".reduce..",
                    INDEX + ".keys..",
                    INDEX + ".settings..");

    @ArchTest
    static final ArchRule importsOfTheServerRunOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("server")
            .definedBy(SERVE)
            .layer("http")
            .definedBy(SERVE + ".http..")
            .layer("grpc")
            .definedBy(SERVE + ".grpc..")
            .layer("models")
            .definedBy(SERVE + ".models..")
            .layer("work")
            .definedBy(SERVE + ".work..")
            .layer("protocol")
            .definedBy(SERVE + ".protocol..")
            .whereLayer("server")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("http")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("grpc")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("models")
            .mayOnlyBeAccessedByLayers("server", "http", "grpc")
            .whereLayer("work")
            .mayOnlyBeAccessedByLayers("server", "http", "grpc", "models");

    @ArchTest
    static final ArchRule importsOfTheCommandLineRunOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("program")
            .definedBy(CLI)
            .layer("commands")
            .definedBy(CLI + ".start..", CLI + ".index..", CLI + ".answers..", CLI + ".service..", CLI + ".network..")
            .layer("options")
            .definedBy(CLI + ".options..")
            .layer("output")
            .definedBy(CLI + ".output..")
            .whereLayer("program")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("commands")
            .mayOnlyBeAccessedByLayers("program")
            .whereLayer("options")
            .mayOnlyBeAccessedByLayers("program", "commands")
            .whereLayer("output")
            .mayOnlyBeAccessedByLayers("program", "commands", "options");

    @ArchTest
    static final ArchRule everyPublicTypeThatCallersHoldSaysMoreThanItsAddress = classes()
            .that()
            .resideInAnyPackage(INDEX, INDEX + ".metrics", MODEL, MODEL + ".network", MODEL + ".data")
            .and()
            .arePublic()
            .and()
            .areNotInterfaces()
            .and(DescribedPredicate.describe("have instances", type -> type.getMethods().stream()
                    .anyMatch(method -> method.getModifiers().contains(JavaModifier.PUBLIC)
                            && !method.getModifiers().contains(JavaModifier.STATIC))))
            .should(new ArchCondition<>("have a toString") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    boolean has = Arrays.stream(type.reflect().getMethods())
                            .anyMatch(method ->
                                    method.getName().equals("toString") && method.getDeclaringClass() != Object.class);
                    events.add(new SimpleConditionEvent(type, has, type.getName()));
                }
            });
}
