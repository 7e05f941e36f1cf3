package crossaccountkcl.kcl;

import java.util.List;
import software.amazon.kinesis.lifecycle.TaskExecutionListener;
import software.amazon.kinesis.lifecycle.events.TaskExecutionListenerInput;

/** KCL takes one listener; these are called in turn. */
public record TaskListeners(List<TaskExecutionListener> listeners) implements TaskExecutionListener {
    public TaskListeners(TaskExecutionListener... listeners) {
        this(List.of(listeners));
    }

    @Override
    public void beforeTaskExecution(TaskExecutionListenerInput input) {
        listeners.forEach(listener -> listener.beforeTaskExecution(input));
    }

    @Override
    public void afterTaskExecution(TaskExecutionListenerInput input) {
        listeners.forEach(listener -> listener.afterTaskExecution(input));
    }
}
