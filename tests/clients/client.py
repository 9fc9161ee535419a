"""What the clients for Python get of a hearken: the name of one of these functions on the command line, JSON on the output."""

import json
import sys

import openai

BASE_URL = sys.argv[2]
HEADERS = {"x-user": sys.argv[1]}
client = openai.OpenAI(base_url=BASE_URL, api_key="any", max_retries=0, default_headers=HEADERS)
WEATHER = {
    "type": "function", "name": "weather", "description": "The weather", "strict": True,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False},
}


def responses():
    first = client.responses.create(model="companion", input="Hello", instructions="Be brief.", metadata={"a": "b"})
    stored = client.responses.retrieve(first.id)
    asked = [item.content[0].text for item in client.responses.input_items.list(first.id)]
    second = client.responses.create(model="companion", input="Again", previous_response_id=first.id)
    client.responses.delete(first.id)
    try:
        client.responses.retrieve(first.id)
    except openai.NotFoundError as error:
        gone = error.code
    try:
        client.responses.create(model="companion", input="Again", previous_response_id=first.id)
    except openai.BadRequestError as error:
        refused = [error.code, error.param]
    return [first.output_text, stored == first, asked, second.output_text, second.usage.total_tokens, gone, refused]


def stream():
    with client.responses.stream(model="companion", input="How is it in Lima?", tools=[WEATHER]) as events:
        types = [event.type.removeprefix("response.") for event in events]
        call = events.get_final_response().output[0]
    item = {"type": "function_call_output", "call_id": call.call_id, "output": "mild"}
    text = ""
    with client.responses.stream(model="companion", input=[{"role": "user", "content": "How is it in Lima?"}, call, item]) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                text += event.delta
        final = events.get_final_response()
    return [types, call.name, json.loads(call.arguments), text, final.output_text, final.status]


def chat():
    messages = [{"role": "user", "content": "Hello"}]
    whole = client.chat.completions.create(model="companion", messages=messages)
    chunks = client.chat.completions.create(model="companion", messages=messages, stream=True, stream_options={"include_usage": True})
    text, tokens = "", None
    for chunk in chunks:
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        tokens = chunk.usage.total_tokens if chunk.usage else tokens
    return [whole.choices[0].message.content, text, tokens]


def langchain():
    from langchain_core.messages import HumanMessage, ToolMessage
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI

    @tool
    def weather(city: str) -> str:
        """The weather."""
        return f"mild in {city}"

    model = ChatOpenAI(model="companion", base_url=BASE_URL, api_key="any", default_headers=HEADERS, max_retries=0, use_responses_api=True)
    bound = model.bind_tools([weather])
    asked = HumanMessage("How is it in Lima?")
    call = bound.invoke([asked])
    result = ToolMessage(weather.invoke(call.tool_calls[0]["args"]), tool_call_id=call.tool_calls[0]["id"])
    answer = bound.invoke([asked, call, result])
    streamed = "".join(chunk.text for chunk in model.stream("Hello"))
    chat = ChatOpenAI(model="companion", base_url=BASE_URL, api_key="any", default_headers=HEADERS, max_retries=0).invoke("Hello")
    return [answer.text, streamed, chat.text, answer.response_metadata["id"][:5]]


print(json.dumps(globals()[sys.argv[1]]()))
