package io.pgwatch.spring.boot.autoconfigure;

import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.core.type.MethodMetadata;

/** Beans whose factory method has given null: they can be injected nowhere, but still count as beans of their type. */
final class NullBeans {

    private NullBeans() {}

    /**
     * Takes those out that are declared in a package, as if their condition had not matched. One that was injected all the same,
     * where null may be, stays: with it the context would destroy the beans that it was injected into.
     */
    static void remove(DefaultListableBeanFactory beans, String declaredIn) {
        for (String name : beans.getBeanDefinitionNames()) {
            if (isDeclaredIn(declaredIn, beans.getBeanDefinition(name))
                    && beans.containsSingleton(name)
                    && isNull(beans.getBean(name))
                    && beans.getDependentBeans(name).length == 0) {
                beans.removeBeanDefinition(name);
            }
        }
    }

    /** As the documentation of {@link org.springframework.beans.factory.BeanFactory#getBean(String)} says to ask. */
    @SuppressWarnings("EqualsNull")
    private static boolean isNull(Object bean) {
        return bean.equals(null);
    }

    private static boolean isDeclaredIn(String packageName, BeanDefinition definition) {
        MethodMetadata method =
                definition instanceof AnnotatedBeanDefinition annotated ? annotated.getFactoryMethodMetadata() : null;
        return method != null && method.getDeclaringClassName().startsWith(packageName + ".");
    }
}
